/** A real keychain: gnome-keyring, unlocked, on the private bus; read back by secret-tool. */
import { Process } from './processes.mjs';

export async function startKeychain(home, bus) {
  const env = { ...home.env, ...bus.env };
  const daemon = new Process('gnome-keyring-daemon', ['--unlock', '--foreground', '--components=secrets'], {
    env,
    input: 'password of the test keychain',
  });
  await bus.owns('org.freedesktop.secrets');
  const tool = async (...parameters) => {
    const asked = new Process('secret-tool', parameters, { env });
    const { code } = await asked.ends();
    return { code, output: asked.output };
  };
  const pairs = (attributes) => Object.entries(attributes).flat();
  return {
    /** The secret stored under these attributes, or null. */
    lookup: async (attributes) => {
      const { code, output } = await tool('lookup', ...pairs(attributes));
      return code === 0 ? output : null;
    },
    /** What secret-tool tells of all entries with these attributes, secrets included. */
    search: async (attributes) => (await tool('search', '--all', '--unlock', ...pairs(attributes))).output,
    store: async (label, attributes, secret) => {
      const asked = new Process('secret-tool', ['store', `--label=${label}`, ...pairs(attributes)], {
        env,
        input: secret,
      });
      const { code } = await asked.ends();
      if (code !== 0) throw new Error(`secret-tool store: ${asked.output}`);
    },
    stop: () => daemon.stop(),
  };
}
