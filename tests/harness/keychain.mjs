/** A real keychain: gnome-keyring on the private bus; read back by secret-tool. */
import { Process } from './processes.mjs';

/** `password` unlocks it; without one it is as after a login that gave none, with nobody there to be asked. */
async function startDaemon(env, bus, password) {
  const unlock = password === undefined ? [] : ['--unlock'];
  const daemon = new Process('gnome-keyring-daemon', [...unlock, '--foreground', '--components=secrets'], {
    env,
    input: password,
  });
  await bus.owns('org.freedesktop.secrets');
  return daemon;
}

/** Unlocked; with `locked`, an entry `{ service, username, secret }`, it holds that entry and is locked. */
export async function startKeychain(home, bus, { locked } = {}) {
  const env = { ...home.env, ...bus.env };
  let daemon = await startDaemon(env, bus, 'password of the test keychain');
  /** Runs `secret-tool`; `input` is the secret to store. */
  const tool = async (verb, attributes, { words = [], input } = {}) => {
    const asked = new Process('secret-tool', [verb, ...words, ...Object.entries(attributes).flat()], {
      env,
      input,
    });
    const { code } = await asked.ends();
    return { code, output: asked.output };
  };
  if (locked) {
    const { secret, ...attributes } = locked;
    const { code, output } = await tool('store', attributes, { words: ['--label=Patchbay'], input: secret });
    if (code !== 0) throw new Error(`secret-tool store: ${output}`);
    await daemon.stop();
    daemon = await startDaemon(env, bus);
  }
  return {
    /** The secret stored under these attributes, or null. */
    lookup: async (attributes) => {
      const { code, output } = await tool('lookup', attributes);
      return code === 0 ? output : null;
    },
    stop: () => daemon.stop(),
  };
}
