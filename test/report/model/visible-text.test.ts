import { expect, it } from 'vitest';
import { visibleText } from '../../../testing/report/model/visible-text.ts';

it('writes out what would drive a terminal or hide in a text', () => {
  expect(visibleText('a\u001b[31mred\u0007\u0000\n\t\u009b2J')).toBe('a\\u001b[31mred\\u0007\\u0000\\u000a\\u0009\\u009b2J');
  expect(visibleText('admin\u202etxt.exe\u200b')).toBe('admin\\u202etxt.exe\\u200b');
  expect(visibleText('half \ud83d pair')).toBe('half \\ud83d pair');
});

it('keeps what people write', () => {
  expect(visibleText('Größe 価格 🚀 "x" <b>')).toBe('Größe 価格 🚀 "x" <b>');
  expect(visibleText('two\nlines\r', { lines: true })).toBe('two\nlines\\u000d');
});

it('has a limit, and cuts no pair in half', () => {
  expect(visibleText('x'.repeat(5_000))).toHaveLength(2_000);
  expect(visibleText('🚀🚀🚀', { limit: 4 })).toBe('🚀…');
  expect(visibleText('abcd', { limit: 4 })).toBe('abcd');
  expect(visibleText('\u0000'.repeat(100), { limit: 10 })).toHaveLength(10);
});
