import type { TransportAdmin } from '../admin.ts';
import { KafkaError } from '../errors.ts';
import type { TopicPartition } from '../transport.ts';
import { findLetters } from './find-letters.ts';
import type { FoundLetter, LetterSearch } from './find-letters.ts';
import type { LetterFilter } from './letter-filter.ts';
import type { ReaderParts } from './range-reader.ts';

/** What would go back to one topic. */
export interface RedriveTarget {
  readonly topic: string;
  readonly letters: number;
  /** Of them, those without the record's value: it is read where it was. */
  readonly pointers: number;
  /** Of the pointers, those whose original is out of the log. */
  readonly gone: number;
  /** Of the letters, those whose topic or partition does not exist. */
  readonly homeless: number;
}

/** What a redrive would do now. */
export interface RedrivePlan {
  readonly topic: string;
  readonly filter: LetterFilter;
  readonly search: LetterSearch;
  /** Matching letters that went back before. */
  readonly redrivenBefore: number;
  readonly targets: readonly RedriveTarget[];
  /** Who rejected them. */
  readonly groups: readonly string[];
}

interface Tally {
  letters: number;
  /** By partition. */
  readonly partitions: Map<number, { letters: number; readonly pointers: number[] }>;
}

/** Reads the dead letter topic, and asks for the topics that its letters came from. Writes nothing. Rejects with UNKNOWN_TOPIC for `topic`. */
export async function planRedrive(parts: ReaderParts, topic: string, filter: LetterFilter): Promise<RedrivePlan> {
  const matching: Pick<FoundLetter, 'partition' | 'offset' | 'letter'>[] = [];
  const search = await findLetters(parts, topic, filter, (found) => void matching.push(found));
  const open = matching.filter(({ partition, offset }) => search.redriven.get(partition)?.has(offset) !== true);
  const tallies = new Map<string, Tally>();
  for (const { letter } of open)
    count(tallies, letter.origin.topic, letter.origin.partition, letter.kind === 'pointer' ? letter.origin.offset : null);
  const targets = await Promise.all([...tallies].map(([name, tally]) => targetOf(parts.transport.admin, name, tally)));
  return {
    topic,
    filter,
    search,
    redrivenBefore: matching.length - open.length,
    targets: targets.sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    groups: [...new Set(open.map(({ letter }) => letter.group))].sort(),
  };
}

function count(tallies: Map<string, Tally>, topic: string, partition: number, pointer: number | null): void {
  let tally = tallies.get(topic);
  if (tally === undefined) tallies.set(topic, (tally = { letters: 0, partitions: new Map() }));
  tally.letters += 1;
  let inPartition = tally.partitions.get(partition);
  if (inPartition === undefined) tally.partitions.set(partition, (inPartition = { letters: 0, pointers: [] }));
  inPartition.letters += 1;
  if (pointer !== null) inPartition.pointers.push(pointer);
}

async function targetOf(admin: TransportAdmin, topic: string, { letters, partitions }: Tally): Promise<RedriveTarget> {
  const existing = await partitionsOf(admin, topic);
  const [homeless, places]: [number[], TopicPartition[]] = [[], []];
  for (const partition of partitions.keys()) {
    if (existing.has(partition)) places.push({ topic, partition });
    else homeless.push(partition);
  }
  const starts = await admin.listOffsets(places, 'earliest');
  const ends = await admin.listOffsets(places, 'latest');
  const gone = places.flatMap(({ partition }, index) => {
    const [start, end] = [starts[index]?.offset ?? 0, ends[index]?.offset ?? 0];
    return partitions.get(partition)?.pointers.filter((offset) => offset < start || offset >= end) ?? [];
  });
  const lettersOf = (partition: number): number => partitions.get(partition)?.letters ?? 0;
  return {
    topic,
    letters,
    pointers: [...partitions.values()].reduce((sum, { pointers }) => sum + pointers.length, 0),
    gone: gone.length,
    homeless: homeless.reduce((sum, partition) => sum + lettersOf(partition), 0),
  };
}

async function partitionsOf(admin: TransportAdmin, topic: string): Promise<ReadonlySet<number>> {
  try {
    const described = await admin.describeTopics([topic]);
    return new Set(described.flatMap(({ partitions }) => partitions.map(({ partition }) => partition)));
  } catch (error) {
    // Deleted since, or a name that nobody could make a topic of.
    if (error instanceof KafkaError && (error.code === 'UNKNOWN_TOPIC' || error.code === 'CONFIG_INVALID')) return new Set();
    throw error;
  }
}
