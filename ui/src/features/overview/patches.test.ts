/** The patch panel's data: nothing is lost by folding. */
import { expect, test } from 'vitest';
import type { Patch } from '../../api/types/Patch';
import { board } from './patches';

const patch = (
  client: string | null,
  provider: string | null,
  requests: number,
  client_protocol = 'anthropic',
): Patch => ({
  client,
  client_protocol,
  provider,
  upstream_protocol: provider === null ? null : 'openai_chat',
  requests,
});

test('busiest first, one node a name, one cable a client protocol', () => {
  const { clients, providers, edges } = board([
    patch('zed', 'openai', 2),
    patch('zed', 'openai', 3, 'openai_chat'),
    patch('code', 'openai', 9),
    patch(null, null, 1),
  ]);
  expect(clients.map(({ name, requests, protocol }) => [name, requests, protocol])).toEqual([
    ['code', 9, 'anthropic'],
    ['zed', 5, 'openai_chat'],
    [null, 1, 'anthropic'],
  ]);
  expect(providers.map(({ name, requests }) => [name, requests])).toEqual([
    ['openai', 14],
    [null, 1],
  ]);
  expect(edges.map(({ requests }) => requests)).toEqual([9, 3, 2, 1]);
});

test('more than eight are folded into the last, with all their requests', () => {
  const { clients, providers, edges } = board(
    Array.from({ length: 30 }, (_, index) => patch(`client ${index}`, `provider ${index % 12}`, index + 1)),
  );
  expect([clients.length, providers.length]).toEqual([8, 8]);
  expect(clients.at(-1)).toMatchObject({ name: null, folded: 23 });
  const total = (30 * 31) / 2;
  for (const side of [clients, providers, edges]) {
    expect(side.reduce((sum, { requests }) => sum + requests, 0)).toBe(total);
  }
  const keys = new Set([...clients, ...providers].map(({ key }) => key));
  expect(edges.every(({ from, to }) => keys.has(from) && keys.has(to))).toBe(true);
});

test('exactly eight are not folded', () => {
  expect(
    board(Array.from({ length: 8 }, (_, index) => patch(`${index}`, 'x', 1))).clients.every(
      ({ folded }) => folded === 0,
    ),
  ).toBe(true);
});
