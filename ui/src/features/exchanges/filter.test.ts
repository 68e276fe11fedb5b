/** How a written filter is read, asked and applied. */
import { describe, expect, test } from 'vitest';
import { exchange } from '../../test/fake-data';
import { fits, misread, queryOf, readFilter, sinceOf, tokensOf, withTokens } from './filter';

describe('reading', () => {
  test.each([
    [
      'client:zed status:error text',
      [
        ['client', 'Zed'],
        ['status', 'error'],
      ],
      'text',
    ],
    [
      'client:"claude code" since:09:00',
      [
        ['client', 'Claude Code'],
        ['since', '09:00'],
      ],
      '',
    ],
    ['Model:gpt-4o  two   words', [['model', 'gpt-4o']], 'two words'],
    ['losses:YES', [['losses', 'yes']], ''],
    ['http://127.0.0.1 foo:bar', [], 'http://127.0.0.1 foo:bar'],
    ['status:soon since:never losses:maybe client:', [], 'status:soon since:never losses:maybe client:'],
  ])('%s', (written, tokens, text) => {
    const read = readFilter(written, { client: ['Claude Code', 'Zed'] });
    expect(read).toEqual({ tokens: tokens.map(([name, value]) => ({ name, value })), text });
  });

  test('a filter is written as it is read', () => {
    const filter = withTokens({}, readFilter('losses:no status:429 client:Zed').tokens);
    expect(filter).toEqual({ losses: false, status: '429', client: 'Zed' });
    expect(tokensOf(filter)).toEqual([
      { name: 'client', value: 'Zed' },
      { name: 'status', value: '429' },
      { name: 'losses', value: 'no' },
    ]);
  });

  test('says which token was meant', () => {
    expect(misread('status:soon')).toBe('status');
    expect(misread('https://a b:c')).toBeNull();
    expect(misread(undefined)).toBeNull();
  });
});

describe('since', () => {
  const now = new Date(2026, 10, 21, 14, 30).getTime();
  test.each([
    ['30m', now - 1_800_000],
    ['2H', now - 7_200_000],
    ['7d', now - 7 * 86_400_000],
    ['today', new Date(2026, 10, 21).getTime()],
    ['9:05', new Date(2026, 10, 21, 9, 5).getTime()],
    ['2026-11-20', new Date(2026, 10, 20).getTime()],
    ['25:00', null],
    ['yesterday', null],
  ])('%s', (word, moment) => expect(sinceOf(word, now)).toBe(moment));

  test('the server is asked for a moment', () => {
    expect(queryOf({ client: 'Zed', since: '1h' }, now)).toEqual({ client: 'Zed', since: now - 3_600_000 });
  });
});

describe('a live row', () => {
  const row = exchange(1);
  test.each([
    [{}, true],
    [{ client: 'Zed' }, true],
    [{ client: 'Continue' }, false],
    [{ model: 'claude-sonnet-4-5' }, true],
    [{ protocol: 'anthropic' }, true],
    [{ protocol: 'gemini' }, false],
    [{ status: 'ok' }, true],
    [{ status: 'error' }, false],
    [{ status: '200' }, true],
    [{ losses: true }, true],
    [{ losses: false }, false],
    [{ since: row.started_at }, true],
    [{ since: row.started_at + 1 }, false],
    [{ text: 'CHAT/COMP' }, true],
    [{ text: 'nowhere' }, false],
  ])('%o: %s', (query, expected) => expect(fits(row, query)).toBe(expected));

  test('a failed row is an error, whatever its status', () => {
    expect(fits({ ...row, state: 'failed', status: null }, { status: 'error' })).toBe(true);
    expect(fits({ ...row, status: 429 }, { status: 'ok' })).toBe(false);
    expect(fits({ ...row, state: 'streaming', status: null }, { status: 'ok' })).toBe(false);
  });
});
