/** Bodies for people, commands for shells, and the parts of the strip. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../../api/types/Message';
import { exchange, exchangeDetail } from '../../../test/fake-data';
import { curlOf } from './curl';
import { prettyOf } from './pretty';
import { segmentsOf } from './TimingStrip';

describe('pretty', () => {
  test.each([
    ['json', '{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'],
    ['a stream', 'event: x\ndata: {"a":1}\n\ndata: [DONE]\n\n', 'event: x\n{\n  "a": 1\n}\n\n[DONE]\n\n'],
    ['lines', '{"a":1}\n{"b":2}\n', '{\n  "a": 1\n}\n\n{\n  "b": 2\n}'],
    [
      'numbers as they were written',
      '{"seed":9007199254740993,"t":1.0}',
      '{\n  "seed": 9007199254740993,\n  "t": 1.0\n}',
    ],
    ['numbers in a stream', 'data: {"n":1.50}', '{\n  "n": 1.50\n}'],
    ['a cut body', '{"a":', null],
    ['plain text', 'one\ntwo', null],
    ['nothing', '', null],
  ])('%s', (_name, text, pretty) => expect(prettyOf(text)).toBe(pretty));
});

describe('curl', () => {
  const request: Message = {
    protocol: 'openai_chat',
    line: 'POST /v1/chat/completions',
    headers: [
      ['Host', '127.0.0.1:7229'],
      ['Content-Length', '12'],
      ['Content-Encoding', 'zstd'],
      ['content-type', 'application/json'],
      ['x-api-key', '…'],
    ],
    body: { text: `{"a":"it's $HOME"}`, truncated: false },
    bytes: 18,
  };

  test('is one safe word for each argument, without secrets', () => {
    expect(curlOf(request, 'http://127.0.0.1:7229/v1').command).toBe(
      [
        "curl 'http://127.0.0.1:7229/v1/chat/completions'",
        "-H 'content-type: application/json'",
        "-H 'x-api-key: YOUR_ACCESS_KEY'",
        String.raw`--data-raw '{"a":"it'\''s $HOME"}'`,
      ].join(' \\\n  '),
    );
  });

  test('is not made of half a body', () => {
    expect(curlOf({ ...request, body: null }, '')).toEqual({ missing: 'body' });
    expect(curlOf({ ...request, body: { text: '{', truncated: true } }, '')).toEqual({ missing: 'cut' });
  });

  test('posts what was asked on a socket', () => {
    const asked = { ...request, line: 'GET /v1/responses', headers: [] };
    expect(curlOf(asked, 'http://h/v1').command).toBe(
      String.raw`curl 'http://h/v1/responses' \
  --data-raw '{"a":"it'\''s $HOME"}'`,
    );
    expect(curlOf({ ...asked, body: null }, '')).toEqual({ missing: 'body' });
  });

  test('needs no body for GET', () => {
    const get = { ...request, line: 'GET /v1/models', headers: [], body: null, bytes: 0 };
    expect(curlOf(get, 'http://h/v1').command).toBe("curl 'http://h/v1/models'");
  });

  test.each(['POST', 'DELETE'])('says %s where there is no body that would', (method) => {
    const empty = { ...request, line: `${method} /v1/files`, headers: [], body: null, bytes: 0 };
    expect(curlOf(empty, 'http://h/v1').command).toBe(`curl 'http://h/v1/files' \\\n  -X ${method}`);
  });

  test('has no place for the cookie of a page', () => {
    const cookie: Message = { ...request, headers: [['Cookie', '…']] };
    expect(curlOf(cookie, 'http://h/v1').command).not.toMatch(/cookie|YOUR_ACCESS_KEY/i);
  });
});

describe('the strip', () => {
  const { timing, summary } = exchangeDetail({ ...exchange(5), duration_ms: 1000, first_token_ms: 200 });

  test('waits, answers, pauses, answers', () => {
    const segments = segmentsOf(summary, timing);
    expect(segments.map(({ kind }) => kind)).toEqual(['prepare', 'wait', 'live', 'gap', 'live']);
    expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100);
    expect(segments[3]?.share).toBeCloseTo(16);
  });

  test('only waits when nothing came', () => {
    const failed = segmentsOf({ ...summary, first_token_ms: null }, undefined);
    expect(failed).toEqual([{ kind: 'wait', share: 100 }]);
  });

  test('is empty under way', () => {
    expect(segmentsOf({ ...summary, duration_ms: null }, { ...timing, end: null })).toEqual([]);
  });
});
