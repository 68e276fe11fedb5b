/** `npm run golden`: accepts what the codecs, the store and the whole gateway now write as the new golden files. */
import { run, tail } from './lib/run.mjs';

const tests = [
  ['-p', 'protocol', '-p', 'store'],
  ['-p', 'gateway', '--test', 'gateway', 'what_works_is_what_the_table_says'],
];
const written = ['crates/protocol', 'crates/store', 'docs/compatibility.md'];

for (const parameters of tests) {
  try {
    await run('cargo', ['test', ...parameters], {
      env: { INSTA_UPDATE: 'always' },
      onLine: (line) => console.log(line),
    });
  } catch (error) {
    console.error(tail(error.output, 5));
    process.exitCode = 1;
  }
}
console.log(await run('git', ['status', '--short', '--', ...written]));
console.log(await run('git', ['diff', '--stat', '--', ...written]));
console.log('Read the difference before you commit it: a golden file is the expected answer.');
