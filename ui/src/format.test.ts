/** How figures read in both languages. */
import { describe, expect, test } from 'vitest';
import { amount, count, percent, seconds, shortly, size, span } from './format';
import { speak } from './test/render';

const minute = 60_000;

describe('English', () => {
  test.each([
    [count(98_204), '98,204'],
    [count(null), '–'],
    [percent(0.714), '71%'],
    [size(11_800), '11.5 KB'],
    [size(0), '0 B'],
    [size(1024), '1 KB'],
    [size(41_200_000), '39.3 MB'],
    [size(undefined), '–'],
    [span(0), '0 s'],
    [span(59_999), '59 s'],
    [span(192 * minute), '3 h 12 min'],
    [span(180 * minute), '3 h'],
    [span(26 * 60 * minute), '1 d 2 h'],
    [span(-5), '0 s'],
  ])('%s', (text, wanted) => {
    expect(text).toBe(wanted);
  });

  test('amounts take a unit when they get long', () => {
    expect([412, 9_999, 96_200, 999_499, 999_500, 1_840_000].map(amount)).toEqual([
      { value: '412', unit: '' },
      { value: '9,999', unit: '' },
      { value: '96.2', unit: 'K' },
      { value: '999', unit: 'K' },
      { value: '1', unit: 'M' },
      { value: '1.84', unit: 'M' },
    ]);
    expect(amount(null)).toEqual({ value: '–', unit: '' });
  });

  test('seconds keep the digits that matter', () => {
    expect(seconds(420, 2)).toEqual({ value: '0.42', unit: 's' });
    expect(seconds(12_400)).toEqual({ value: '12.4', unit: 's' });
    expect([0, 4, 5, 38, 50].map((value) => seconds(value).value)).toEqual([
      '<0.01',
      '<0.01',
      '0.01',
      '0.04',
      '0.1',
    ]);
    expect([0, 2].map((value) => seconds(value, 3).value)).toEqual(['0.000', '0.002']);
    expect(seconds(182_000)).toEqual({ value: '182', unit: 's' });
    expect(seconds(null)).toEqual({ value: '–', unit: '' });
  });

  test('a time of another day says which', () => {
    const now = new Date(2026, 10, 21, 15, 0);
    expect(shortly(new Date(2026, 10, 21, 0, 0, 7), now)).toBe('00:00:07');
    expect(shortly(new Date(2026, 10, 20, 23, 59), now)).toBe('11-20 23:59');
  });
});

test('Chinese', async () => {
  await speak('zh-CN');
  expect(span(192 * minute)).toBe('3 小时 12 分');
  expect(seconds(420, 2)).toEqual({ value: '0.42', unit: '秒' });
});
