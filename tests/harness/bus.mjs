/** A private session bus that starts nothing by itself: only what a test puts on it is there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, until } from './processes.mjs';

const configuration = (
  folder,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

export async function startBus(home) {
  const folder = home.env.XDG_RUNTIME_DIR;
  const file = join(folder, 'bus.conf');
  writeFileSync(file, configuration(folder));
  const daemon = new Process('dbus-daemon', [`--config-file=${file}`, '--nofork', '--print-address=1'], {
    env: home.env,
  });
  const [address] = await daemon.prints(/^unix:\S+$/m);
  const env = { DBUS_SESSION_BUS_ADDRESS: address };
  return {
    env,
    /** Waits until somebody owns `name`. */
    owns: (name) =>
      until(`${name} is on the bus`, async () => {
        const ask = new Process(
          'dbus-send',
          [
            '--session',
            '--print-reply=literal',
            '--dest=org.freedesktop.DBus',
            '/',
            'org.freedesktop.DBus.NameHasOwner',
            `string:${name}`,
          ],
          { env: { ...home.env, ...env } },
        );
        await ask.ends();
        return ask.output.includes('true');
      }),
    stop: () => daemon.stop(),
  };
}
