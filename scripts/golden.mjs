/** `npm run golden`: accepts what the codecs and the store now write as the new golden files. */
import { run, tail } from './lib/run.mjs';

try {
  await run('cargo', ['test', '-p', 'protocol', '-p', 'store'], {
    env: { INSTA_UPDATE: 'always' },
    onLine: (line) => console.log(line),
  });
} catch (error) {
  console.error(tail(error.output, 5));
  process.exitCode = 1;
}
console.log(await run('git', ['status', '--short', '--', 'crates/protocol', 'crates/store']));
console.log(await run('git', ['diff', '--stat', '--', 'crates/protocol', 'crates/store']));
console.log('Read the difference before you commit it: a golden file is the expected answer.');
