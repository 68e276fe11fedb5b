/**
 * The stages of `npm test`, in order. Each returns how many tests passed and failed, and which were `skipped`, or
 * throws.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, wholeWorkspace } from './cargo.mjs';
import { installAgents, installClients } from './clients.mjs';
import { cargoCounts, cargoFailures, nodeCounts, skippedTests, vitestCounts } from './counts.mjs';
import { brokenLayers } from './layers.mjs';
import { refusedLicences } from './licences.mjs';
import { buildInterface } from './npm.mjs';
import { offline } from './offline.mjs';
import { generatedTypes, root } from './paths.mjs';
import { CommandFailed, run } from './run.mjs';
import { differences, exportTypes } from './types.mjs';

const one = { passed: 1, failed: 0 };

/** A stage that holds when a program ends well. */
const check =
  (command, ...parameters) =>
  async (options) => {
    await run(command, parameters, options);
    return one;
  };

/** A stage that holds when a list of complaints is empty. */
const empty = (complaints) => async () => {
  const found = await complaints();
  if (found.length > 0) throw new CommandFailed('the check', 1, found.join('\n'));
  return one;
};

/**
 * A stage whose runner tells how many tests it ran; a runner that failed has at least one failure. What was skipped
 * has passed for the runner alone.
 */
export async function counted(read, command, parameters, options) {
  let failure;
  const output = await run(command, parameters, options).catch((error) => {
    failure = error;
    return error.output;
  });
  const counts = read(output);
  if (counts.passed + counts.failed === 0) throw failure ?? new CommandFailed(command, 'no test run', output);
  const skipped = skippedTests(output);
  const passed = counts.passed - skipped.length;
  return { passed, failed: Math.max(counts.failed, failure ? 1 : 0), skipped, output };
}

/**
 * The node:test files of one folder under tests/, each in its own process, one after the other. `prepare` installs
 * what they run; whatever they run may then speak to this computer only.
 */
const nodeTests = (folder, prepare) => async (options) => {
  await prepare?.(options.onLine);
  const files = readdirSync(join(root, 'tests', folder))
    .filter((name) => name.endsWith('.test.mjs'))
    .sort()
    .map((name) => join('tests', folder, name));
  if (files.length === 0) throw new Error(`tests/${folder} holds no test`);
  const runner = ['--test', '--test-concurrency=1', '--test-reporter=spec', '--test-timeout=300000'];
  const command = [process.execPath, [...runner, ...files]];
  const [program, parameters] = prepare ? await offline(...command) : command;
  return counted(nodeCounts, program, parameters, options);
};

/** `group` is what `npm test -- NAME` selects; `needs` names the stages without which this one cannot run. */
export const stages = [
  { name: 'fmt', group: 'rust', run: check('cargo', 'fmt', '--all', '--check') },
  { name: 'interface', group: 'ui', run: async ({ onLine }) => (await buildInterface(onLine), one) },
  { name: 'tsc', group: 'ui', run: check('npm', 'run', '--silent', 'typecheck:ui') },
  { name: 'lint', group: 'ui', run: check('npm', 'run', '--silent', 'lint:ui') },
  {
    name: 'vitest',
    group: 'ui',
    run: (options) => counted(vitestCounts, 'npm', ['run', '--silent', 'test:ui'], options),
  },
  {
    name: 'clippy',
    group: 'rust',
    needs: ['interface'],
    run: check('cargo', 'clippy', ...wholeWorkspace, '--all-targets', '--', '-D', 'warnings'),
  },
  {
    name: 'build',
    group: 'build',
    needs: ['interface'],
    run: async ({ onLine, log }) => (
      await build([...wholeWorkspace, '--bins', '--tests'], onLine, { log }), one
    ),
  },
  {
    name: 'cargo test',
    group: 'rust',
    needs: ['build'],
    run: async (options) => {
      // The tests also write the generated types: not over the committed ones.
      const env = { TS_RS_EXPORT_DIR: join(root, 'target', 'types-of-tests'), INSTA_UPDATE: 'no' };
      const command = ['test', ...wholeWorkspace, '--no-fail-fast'];
      const result = await counted(cargoCounts, 'cargo', command, { ...options, env });
      return { ...result, output: cargoFailures(result.output) ?? result.output };
    },
  },
  {
    name: 'types',
    group: 'rust',
    needs: ['build'],
    run: async (options) => {
      const folder = join(root, 'target', 'types');
      await exportTypes(folder, wholeWorkspace, options);
      return empty(() => differences(folder, generatedTypes))();
    },
  },
  { name: 'layers', group: 'rust', needs: ['build'], run: empty(brokenLayers) },
  { name: 'licences', group: 'rust', run: empty(refusedLicences) },
  { name: 'published', group: 'rust', needs: ['build'], run: nodeTests('published') },
  { name: 'scripts', group: 'ui', run: nodeTests('scripts') },
  { name: 'browser', group: 'e2e', needs: ['build'], run: nodeTests('browser') },
  { name: 'clients', group: 'e2e', needs: ['build'], run: nodeTests('clients', installClients) },
  { name: 'agents', group: 'e2e', needs: ['build'], run: nodeTests('agents', installAgents) },
  { name: 'desktop', group: 'desktop', needs: ['build'], run: nodeTests('desktop') },
];

/** The stages that `words` select by name or group, with those they need; all without words. */
export function select(words) {
  const known = new Set(stages.flatMap(({ name, group }) => [name, group]));
  const stranger = words.find((word) => !known.has(word));
  if (stranger) throw new Error(`There is no stage "${stranger}". Stages: ${[...known].join(', ')}`);
  const wanted = new Set(
    stages.filter(({ name, group }) => words.length === 0 || words.includes(name) || words.includes(group)),
  );
  for (const stage of [...stages].reverse()) {
    if (wanted.has(stage))
      for (const need of stage.needs ?? []) wanted.add(stages.find(({ name }) => name === need));
  }
  return stages.filter((stage) => wanted.has(stage));
}
