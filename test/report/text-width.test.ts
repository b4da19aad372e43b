import { expect, it } from 'vitest';
import { fitText, textWidth } from '../../testing/report/text-width.ts';

it.each([
  ['plain text', 10],
  ['注文', 4],
  ['ｱｲｳ', 3],
  ['e\u0301', 1],
  ['🚀', 2],
  ['👩‍🚀', 2],
  ['👍🏽', 2],
  ['❤️', 2],
  ['한글', 4],
  ['\u200b', 0],
  ['', 0],
])('%j is as wide as a terminal shows it', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

it.each(['', 'short', 'exactly ten', 'a text that is longer', '注文注文注文注文', 'x注文注文注文注文', '🚀🚀🚀🚀🚀🚀🚀'])(
  '%j is made to fit',
  (text) => {
    expect(textWidth(fitText(text, 10))).toBe(10);
  },
);
