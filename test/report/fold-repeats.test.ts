import { expect, test } from 'vitest';
import { foldRepeats } from '../../testing/report/fold-repeats.ts';

const fold = (text: string): string =>
  foldRepeats(text.split(''), (left, right) => left === right)
    .map(({ item, times }) => (times === 1 ? item : `${item}${times}`))
    .join(' ');

test('what comes four times in a row or more is there as it began and as it ended, with how often', () => {
  expect(fold('abbbbbbc')).toBe('a b b6 c');
  expect(fold('abbbc')).toBe('a b b b c');
});

test('so is a pattern of several', () => {
  expect(fold('xababababy')).toBe('x a b a b4 y');
  expect(fold('abcabcabcabcab')).toBe('a b c a b c4 a b');
  expect(fold('abababa')).toBe('a b a b a b a');
});

test('an empty list stays one', () => {
  expect(fold('')).toBe('');
});
