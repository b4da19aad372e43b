import { readLetter } from './read-letter.ts';
import type { Letter } from './read-letter.ts';
import type { KafkaRecord } from '../record.ts';
import type { TransportAdmin } from '../admin.ts';
import { matchesFilter } from './letter-filter.ts';
import type { LetterFilter } from './letter-filter.ts';
import { readRanges } from './range-reader.ts';
import type { ReaderParts, ReadRange } from './range-reader.ts';
import { readRedriveMark } from './redrive-mark.ts';

/** A dead letter where it stands, without the record's value. */
export interface FoundLetter {
  readonly partition: number;
  readonly offset: number;
  /** When it was written: milliseconds since the epoch. */
  readonly timestamp: number;
  /** Null: the record was a tombstone, or this is a pointer. */
  readonly valueBytes: number | null;
  readonly letter: Letter;
}

/** Offsets of letters that went back already, by partition. */
export type RedrivenLetters = ReadonlyMap<number, ReadonlySet<number>>;

/** A dead letter topic as it was when it was looked at. */
export interface LetterSearch {
  /** All that match, also those that were redriven. */
  readonly matching: number;
  readonly redriven: RedrivenLetters;
  /** Records that are neither a letter nor a mark of ours. */
  readonly foreign: number;
  /** What was read: later letters are not in it. */
  readonly ranges: readonly ReadRange[];
}

/**
 * Reads a dead letter topic from end to end, or from `since` on, and shows each letter that matches to `see`, in the order of
 * its partition. What was redriven is known for sure only at the end: a mark comes after its letters.
 */
export async function findLetters(
  parts: ReaderParts,
  topic: string,
  filter: LetterFilter,
  see: (found: FoundLetter) => void,
): Promise<LetterSearch> {
  const ranges = await rangesOf(parts.transport.admin, topic, filter.since);
  const redriven = new Map<number, Set<number>>();
  let [matching, foreign] = [0, 0];
  for await (const records of readRanges(parts, ranges)) {
    for (const record of records) {
      const letter = readLetter(record);
      const marked = letter === null ? readRedriveMark(record) : null;
      if (marked !== null) for (const offset of marked) partitionSet(redriven, record.partition).add(offset);
      else if (letter === null) foreign += 1;
      else if (matchesFilter(letter, record.timestamp, filter)) {
        matching += 1;
        see(foundLetter(record, letter));
      }
    }
  }
  return { matching, redriven, foreign, ranges };
}

/** All of the topic; with `since` from the first letter of that time on: marks of it and of all later ones come after it. */
async function rangesOf(admin: TransportAdmin, topic: string, since: number | undefined): Promise<readonly ReadRange[]> {
  const described = await admin.describeTopics([topic]);
  const places = described.flatMap(({ partitions }) => partitions.map(({ partition }) => ({ topic, partition })));
  const ends = await admin.listOffsets(places, 'latest');
  const starts = await admin.listOffsets(places, since === undefined ? 'earliest' : { timestampMs: since });
  return places.map((place, index) => {
    const to = ends[index]?.offset ?? 0;
    return { ...place, from: Math.min(starts[index]?.offset ?? to, to), to };
  });
}

function foundLetter({ partition, offset, timestamp, value }: KafkaRecord, letter: Letter): FoundLetter {
  // Without the record's headers: there may be many letters.
  return { partition, offset, timestamp, valueBytes: value?.length ?? null, letter: { ...letter, headers: [] } };
}

function partitionSet(sets: Map<number, Set<number>>, partition: number): Set<number> {
  let set = sets.get(partition);
  if (set === undefined) sets.set(partition, (set = new Set()));
  return set;
}
