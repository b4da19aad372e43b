import type { FoundLetter } from '../../src/dead-letter/find-letters.ts';
import { visibleText } from '../../testing/report/model/visible-text.ts';
import { fitText, textWidth } from '../../testing/report/text-width.ts';
import { showTime } from './show-letter-text.ts';

const TABLE_WIDTH = 100;
const GAP = '  ';
const HEADINGS = ['LETTER', 'WRITTEN (UTC)', 'REASON', 'ORIGIN', 'TRIES', 'STATE'] as const;
const REASON = 2;
const ORIGIN = 3;
/** What gives way when a row is too wide, in turn, and down to which width. */
const SHRINKING = [
  [REASON, 20],
  [ORIGIN, 24],
  [REASON, 10],
  [ORIGIN, 16],
] as const;

export interface ListedLetter extends FoundLetter {
  readonly redriven: boolean;
}

/** Lines of 100 columns at most, the heading first. An origin that is too long loses its beginning: its offset tells more. */
export function letterTable(letters: readonly ListedLetter[]): readonly string[] {
  const rows = [HEADINGS, ...letters.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  for (const [column, least] of SHRINKING) {
    const over = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - TABLE_WIDTH;
    const width = widths[column] ?? 0;
    if (over > 0) widths[column] = Math.max(width - over, Math.min(width, least));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => fitText(column === ORIGIN ? endOf(cell, widths[column] ?? 0) : cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function cellsOf({ partition, offset, timestamp, letter, redriven }: ListedLetter): readonly string[] {
  const { origin, reason, attempts, kind } = letter;
  return [
    `${partition}/${offset}`,
    showTime(timestamp),
    visibleText(reason, { limit: 80 }),
    visibleText(`${origin.topic}/${origin.partition}/${origin.offset}`, { limit: 300 }),
    String(attempts),
    [redriven ? 'redriven' : 'open', ...(kind === 'pointer' ? ['pointer'] : [])].join(', '),
  ];
}

/** Topics are ASCII; what is not is escaped, or cut once more by the column. */
function endOf(text: string, width: number): string {
  return textWidth(text) <= width ? text : `…${text.slice(-(width - 1))}`;
}
