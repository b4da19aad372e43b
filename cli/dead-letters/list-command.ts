import { findLetters } from '../../src/dead-letter/find-letters.ts';
import type { FoundLetter } from '../../src/dead-letter/find-letters.ts';
import { visibleText } from '../../testing/report/model/visible-text.ts';
import { plural, showCount } from '../../testing/report/show-text.ts';
import type { ConnectedCluster } from '../connect-cluster.ts';
import { EXIT } from '../exit-status.ts';
import { filterOf } from './letter-filter-options.ts';
import type { FilterFlags } from './letter-filter-options.ts';
import { letterTable } from './letter-table.ts';
import type { ListedLetter } from './letter-table.ts';

export interface ListFlags extends FilterFlags {
  readonly limit: number;
  readonly json?: boolean;
}

/** Reasons are labels; a topic that somebody else writes to may hold anything. */
const MOST_REASONS = 100;

/** Shows the dead letters of a topic, without values and error messages: both may hold what nobody should see. */
export async function listLetters(
  cluster: ConnectedCluster,
  topic: string,
  flags: ListFlags,
  say: (line: string) => void,
): Promise<number> {
  let found: FoundLetter[] = [];
  const reasons = new Map<string, number>();
  const search = await findLetters(cluster, topic, filterOf(flags), (letter) => {
    found.push(letter);
    if (found.length >= 2 * flags.limit) found = newest(found, flags.limit);
    const reason = reasons.has(letter.letter.reason) || reasons.size < MOST_REASONS ? letter.letter.reason : 'others';
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  });
  const letters = newest(found, flags.limit).map((letter): ListedLetter => ({
    ...letter,
    redriven: search.redriven.get(letter.partition)?.has(letter.offset) === true,
  }));
  const { matching, foreign } = search;
  if (flags.json === true) {
    say(JSON.stringify({ topic, matching, foreign, reasons: Object.fromEntries(reasons), letters: letters.map(toJson) }));
    return EXIT.held;
  }
  if (letters.length > 0) for (const line of letterTable(letters)) say(line);
  const counts = [...reasons]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${showCount(count)} ${visibleText(reason, { limit: 80 })}`);
  say(
    `${letters.length === 0 ? '' : '\n'}${topic}: ${plural(matching, 'dead letter')}${counts.length === 0 ? '' : ` (${counts.join(', ')})`}.`,
  );
  if (matching > letters.length) say(`The newest ${showCount(letters.length)} are shown; --limit shows more.`);
  if (foreign > 0)
    say(`${plural(foreign, 'record')} in it ${foreign === 1 ? 'is no dead letter' : 'are no dead letters'} of this package.`);
  return EXIT.held;
}

/** The last of them by time, oldest first. */
function newest(letters: readonly FoundLetter[], limit: number): FoundLetter[] {
  return letters.toSorted((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset).slice(-limit);
}

function toJson({ partition, offset, timestamp, valueBytes, redriven, letter }: ListedLetter): object {
  const { kind, id, origin, firstTimestamp, group, reason, errorClass, attempts, failures } = letter;
  return {
    partition,
    offset,
    timestamp,
    kind,
    id,
    origin,
    firstTimestamp,
    group,
    reason,
    errorClass,
    attempts,
    failures,
    valueBytes,
    redriven,
  };
}
