/** What clients and providers are sent, golden file by golden file, against the types of the vendors' own SDKs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { compile, kinds, named, protocols } from './compare.mjs';

const fixtures = join(root, 'crates', 'protocol', 'fixtures');

for (const protocol of protocols) {
  const known = named(protocol);
  const tried = new Set();

  for (const [kind, files] of kinds(fixtures, protocol)) {
    for (const [, written] of files) for (const [type] of written) tried.add(type.split(' ')[0]);
    test(`${kind} of ${protocol} are as published`, async () =>
      assert.equal(await compile(protocol, files, kind), ''));
  }

  test(`every type of ${protocol} is tried`, () => assert.deepEqual([...tried].sort(), known.sort()));

  test(`what ${protocol} does not know is refused`, async () => {
    const wrong = known.map((type) => [type, '{ "unheard_of": 1 }']);
    const complaints = await compile(protocol, [['wrong', wrong]], 'wrong');
    for (const at of wrong.keys()) assert.match(complaints, new RegExp(`wrong\\.ts\\(${at + 2},`));
  });
}
