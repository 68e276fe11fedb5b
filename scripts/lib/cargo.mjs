/** Cargo: the toolchain, and the one way in which everything is built (docs/decisions/0010). */
import { run, succeeds } from './run.mjs';

/** One selection and one feature set for build, lint and test, so that nothing is compiled twice. */
export const wholeWorkspace = ['--workspace', '--features', 'tauri/custom-protocol'];

/** Makes sure that the toolchain of rust-toolchain.toml answers. */
export async function prepareToolchain(say) {
  const version = () => run('cargo', ['--version']);
  const found = await version().catch(async () => {
    if (!(await succeeds('rustup', ['--version']))) {
      throw new Error('Rust is not installed: get rustup, then run the same command again.');
    }
    await run('rustup', ['toolchain', 'install'], { onLine: say });
    return version();
  });
  return found.trim();
}

export async function build(parameters, say, options) {
  await run('cargo', ['build', ...parameters], { onLine: say, ...options });
  return 'built';
}
