/**
 * What clients are told of replies that real providers sent, against the types of the vendors' own SDKs. The
 * codecs' own test of those replies writes it all; where none are at hand, it says so.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { wholeWorkspace } from '../../scripts/lib/cargo.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { compile, kinds, protocols } from './compare.mjs';

const output = await run('cargo', ['test', ...wholeWorkspace, '--test', 'recorded']);
const skipped = output.match(/^skipped: .*$/m)?.[0];

if (skipped) test('recorded replies are told as published', () => console.log(skipped));
else
  for (const protocol of protocols) {
    const told = kinds(join(root, 'target', 'tmp', 'recorded'), protocol);

    test(`recorded replies reach clients of ${protocol}`, () => assert.notDeepEqual(told, []));

    for (const [kind, files] of told)
      test(`recorded ${kind} of ${protocol} are told as published`, async () =>
        assert.equal(await compile(protocol, files, 'recorded', kind), ''));
  }
