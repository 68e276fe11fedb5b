/** Reads from a test runner's output how many tests passed and failed, and where it does not close with it, why. */
import { stripVTControlCharacters as plain } from 'node:util';

function sum(output, pattern) {
  return [...output.matchAll(pattern)].reduce((total, found) => total + Number(found[1]), 0);
}

/** `cargo test`: one `test result:` line a binary. An ignored test counts as failed: none is wanted. */
export function cargoCounts(output) {
  const text = plain(output);
  return {
    passed: sum(text, /^test result: .*?(\d+) passed/gm),
    failed: sum(text, /^test result: .*?(\d+) failed/gm) + sum(text, /^test result: .*?(\d+) ignored/gm),
  };
}

/** What `cargo test` says of each failed test; it stands amid the output of all binaries. Undefined without any. */
export function cargoFailures(output) {
  const found = [...plain(output).matchAll(/^failures:\n\n(---- [\s\S]*?)\n+failures:\n/gm)];
  return found.length > 0 ? found.map(([, told]) => told).join('\n\n') : undefined;
}

/** vitest: one `Tests  1 failed | 44 passed (45)` line. */
export function vitestCounts(output) {
  const line = plain(output).match(/^\s*Tests\s+(.*)$/m)?.[1] ?? '';
  return { passed: sum(line, /(\d+) passed/g), failed: sum(line, /(\d+) (?:failed|skipped|todo)/g) };
}

/** node:test: the lines `pass`, `fail`, `cancelled`, `skipped`, `todo` at the end. */
export function nodeCounts(output) {
  const text = plain(output);
  return {
    passed: sum(text, /^(?:#|ℹ) pass (\d+)$/gm),
    failed: sum(text, /^(?:#|ℹ) (?:fail|cancelled|skipped|todo) (\d+)$/gm),
  };
}

/** What could not be tried and why: a test without what it needs passes for its runner, and prints such a line. */
export function skippedTests(output) {
  return [...plain(output).matchAll(/^skipped: (.+)$/gm)].map(([, why]) => why);
}
