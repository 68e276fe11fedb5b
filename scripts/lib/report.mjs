/** Runs stages one after the other, tells how each ended, closes with a table and the total. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { install, testPackages } from './apt.mjs';
import { prepareBrowser } from './browser.mjs';
import { prepareToolchain } from './cargo.mjs';
import { installPackages } from './npm.mjs';
import { logs, root } from './paths.mjs';
import { step } from './progress.mjs';
import { CommandFailed, explain, tail } from './run.mjs';
import { select } from './stages.mjs';

/** Runs one stage; never throws. `broken` names the stages that failed before it. */
async function runStage(stage, broken) {
  const log = join(logs, `${stage.name.replaceAll(' ', '-')}.log`);
  rmSync(log, { force: true });
  const start = performance.now();
  let result;
  await step(stage.name, async (say) => {
    const missing = (stage.needs ?? []).filter((name) => broken.has(name));
    if (missing.length > 0) throw new Error(`not run: ${missing.join(', ')} failed`);
    result = await stage.run({ log, onLine: say });
    if (result.failed > 0) throw new CommandFailed(stage.name, `${result.failed} failed`, result.output);
    const skipped = result.skipped?.length ? `, ${result.skipped.length} skipped` : '';
    return (result.passed === 1 ? 'ok' : `${result.passed} passed`) + skipped;
  }).catch((error) => {
    result ??= { passed: 0, failed: 1 };
    console.log(`\n${error.output ? tail(error.output, 80) : error.message}\n`);
    if (existsSync(log)) console.log(`The whole log: ${relative(root, log)}\n`);
  });
  return {
    name: stage.name,
    passed: result.passed,
    failed: result.failed,
    skipped: result.skipped ?? [],
    seconds: (performance.now() - start) / 1000,
  };
}

function table(results) {
  const row = (name, ...cells) =>
    `  ${name.padEnd(14)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
  return [
    row('stage', 'passed', 'failed', 'seconds'),
    ...results.map(({ name, passed, failed, seconds }) => row(name, passed, failed, seconds.toFixed(1))),
  ].join('\n');
}

/** Lines that tell what was skipped, stage by stage, and why; none where all was tried. */
export function notTried(results) {
  const all = results.flatMap(({ name, skipped }) => skipped.map((why) => `  ${name}: ${why}`));
  const lines = [...new Set(all)].map((line) => {
    const tests = all.filter((other) => other === line).length;
    return tests > 1 ? `${line} (${tests} tests)` : line;
  });
  return lines.length > 0 ? ['', 'Skipped, and neither passed nor failed:', ...lines] : [];
}

/** Prepares the machine, runs the stages that `words` select, and sets the exit code. */
export async function runAndReport(words) {
  try {
    const chosen = select(words);
    mkdirSync(logs, { recursive: true });
    await step('System packages', (say) => install(testPackages, say));
    await step('Rust toolchain', prepareToolchain);
    await step('npm packages', installPackages);
    if (chosen.some(({ name }) => name === 'browser')) await step('Browser', prepareBrowser);
    const results = [];
    const broken = new Set();
    for (const stage of chosen) {
      const result = await runStage(stage, broken);
      results.push(result);
      if (result.failed > 0) broken.add(stage.name);
    }
    const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
    console.log(['', table(results), ...notTried(results), ''].join('\n'));
    console.log(`${total('passed')} passed, ${total('failed')} failed`);
    process.exitCode = total('failed') > 0 ? 1 : 0;
  } catch (error) {
    console.error(`\n${explain(error)}\n`);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
  }
}
