import { expect, test } from 'vitest';
import { calledBy, imported, moved, put, restored, without } from './aliases';

const a = { name: 'a', targets: ['p/1'] };
const b = { name: 'b', targets: ['p/2'] };
const c = { name: 'c-*', targets: ['p/3'] };

test('an edited rule keeps its place, a new one goes to the end', () => {
  const renamed = { name: 'z', targets: ['p/9'] };
  expect(put([a, b, c], 'b', renamed)).toEqual([a, renamed, c]);
  expect(put([a, b], null, c)).toEqual([a, b, c]);
});

test('a rule moves to where it is put, and no further than the ends', () => {
  expect(moved([a, b, c], 0, 2)).toEqual([b, c, a]);
  expect(moved([a, b, c], 2, 0)).toEqual([c, a, b]);
  expect(moved([a, b, c], 1, 9)).toEqual([a, c, b]);
  expect(moved([a, b, c], 1, -1)).toEqual([b, a, c]);
});

test('removing takes one', () => {
  expect(without([a, b], 'a')).toEqual([b]);
});

test('a removed rule comes back below those that stood above it', () => {
  const d = { name: 'd', targets: ['p/4'] };
  expect(restored([a, c], [a, b, c], 'b')).toEqual([a, b, c]);
  expect(restored([a, d], [a, b], 'b')).toEqual([a, b, d]);
  expect(restored([c, d], [a, b, c], 'b')).toEqual([b, c, d]);
  expect(restored([], [a], 'a')).toEqual([a]);
  // The name is another rule's by now.
  const other = { name: 'b', targets: ['p/9'] };
  expect(restored([a, other], [a, b], 'b')).toEqual([a, other]);
});

test('an imported table leaves names that exist alone', () => {
  const preset = {
    id: 'x',
    name: 'X',
    description: '',
    aliases: [
      { name: 'a', targets: ['m-1'] },
      { name: 'd', targets: ['m-1', 'm-2'] },
    ],
  };
  expect(imported([a], preset, 'anthropic')).toEqual([
    a,
    { name: 'd', targets: ['anthropic/m-1', 'anthropic/m-2'] },
  ]);
});

test.each([
  [
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-0', 'claude-sonnet-4-5-20250929'],
    'claude-sonnet-4',
    'claude-sonnet-4-0',
  ],
  [
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-5-20250929'],
    'claude-sonnet-4.5',
    'claude-sonnet-4-5-20250929',
  ],
  [
    ['anthropic/claude-sonnet-4.5', 'anthropic/claude-sonnet-4'],
    'claude-sonnet-4.5',
    'anthropic/claude-sonnet-4.5',
  ],
  [['claude-sonnet-4.5', 'claude-sonnet-4-5'], 'claude-sonnet-4.5', 'claude-sonnet-4.5'],
  [['claude-sonnet-4-5', 'gpt-4o'], 'claude-sonnet-4', undefined],
])('of %j, %s is called %s', (ids, model, called) => {
  expect(calledBy(ids, model)).toBe(called);
});
