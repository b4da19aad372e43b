import type { ProducerRecord } from '../producer/record-producer.ts';
import type { KafkaRecord } from '../record.ts';
import { HEADER } from './header-names.ts';
import { ourHeaders } from './read-letter.ts';
import { textHeaders } from './write-letter.ts';

/**
 * A mark: a record without key and value in the dead letter topic itself, in the partition of the letters that it names.
 * What was redriven is so known for exactly as long as the letters are there (retention takes the older letter first), to
 * everybody who can read them; offsets committed by a group would expire after seven days, and could not name single letters.
 */
export function redriveMark(partition: number, offsets: readonly number[]): ProducerRecord {
  const headers = textHeaders([
    [HEADER.kind, 'redriven'],
    [HEADER.redriven, encodeOffsets(offsets)],
  ]);
  return { key: null, value: null, partition, headers };
}

/** The offsets that a mark names, in its own partition; null for any other record. */
export function readRedriveMark(record: KafkaRecord): readonly number[] | null {
  const text = ourHeaders(record.headers);
  if (text.get(HEADER.kind) !== 'redriven') return null;
  // A letter comes before its mark: so a damaged or foreign one cannot name more than there is.
  return decodeOffsets(text.get(HEADER.redriven) ?? '').filter((offset) => offset < record.offset);
}

/** Ascending: `3-7,9`. */
function encodeOffsets(offsets: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && offset <= run[1] + 1) run[1] = offset;
    else runs.push([offset, offset]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** A run in one mark is not longer than what is redriven in one step; a longer one is none of ours. */
const LONGEST_RUN = 10_000;

function decodeOffsets(text: string): readonly number[] {
  return text.split(',').flatMap((run) => {
    const match = /^(\d{1,16})(?:-(\d{1,16}))?$/.exec(run);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!(last >= first) || last - first >= LONGEST_RUN) return [];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
