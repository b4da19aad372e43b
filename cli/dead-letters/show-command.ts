import { readRanges } from '../../src/dead-letter/range-reader.ts';
import { readLetter } from '../../src/dead-letter/read-letter.ts';
import type { Letter } from '../../src/dead-letter/read-letter.ts';
import { readRedriveMark } from '../../src/dead-letter/redrive-mark.ts';
import { KafkaError } from '../../src/errors.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { visibleText } from '../../testing/report/model/visible-text.ts';
import { plural } from '../../testing/report/show-text.ts';
import type { ConnectedCluster } from '../connect-cluster.ts';
import { EXIT } from '../exit-status.ts';
import { showBytes, showTime, textOrBase64 } from './show-letter-text.ts';

export interface ShowFlags {
  readonly value?: boolean;
  readonly json?: boolean;
}

interface Shown {
  readonly record: KafkaRecord;
  readonly letter: Letter;
  readonly redrivenAt: number | null;
}

/** Shows one letter; its value, and the error's message, which may quote it, only when they are asked for. */
export async function showLetter(
  cluster: ConnectedCluster,
  place: { readonly topic: string; readonly partition: number; readonly offset: number },
  { value: withValue = false, json = false }: ShowFlags,
  say: (line: string) => void,
): Promise<number> {
  const shown = await find(cluster, place);
  if (json) say(JSON.stringify(toJson(shown, withValue)));
  else for (const line of describe(shown, withValue)) say(line);
  return EXIT.held;
}

async function find(
  cluster: ConnectedCluster,
  { topic, partition, offset }: { readonly topic: string; readonly partition: number; readonly offset: number },
): Promise<Shown> {
  const what = `${topic}/${partition}/${offset}`;
  const { admin } = cluster.transport;
  const [described] = await admin.describeTopics([topic]);
  const hasPartition = described?.partitions.some((each) => each.partition === partition) === true;
  const [end] = hasPartition ? await admin.listOffsets([{ topic, partition }], 'latest') : [];
  let found: Omit<Shown, 'redrivenAt'> | null = null;
  let redrivenAt: number | null = null;
  for await (const records of readRanges(cluster, [{ topic, partition, from: offset, to: end?.offset ?? 0 }])) {
    for (const record of records) {
      if (record.offset === offset) {
        const letter = readLetter(record);
        if (letter === null) throw new KafkaError('CONFIG_INVALID', `${what} is no dead letter of this package.`);
        found = { record, letter };
      } else if (readRedriveMark(record)?.includes(offset) === true) redrivenAt ??= record.timestamp;
    }
    // Gone, or removed: there is no need to read the rest of the partition.
    if (found === null) break;
  }
  if (found === null)
    throw new KafkaError('OFFSET_OUT_OF_RANGE', `There is no record at ${what}: it was never there, or retention has removed it.`);
  return { ...found, redrivenAt };
}

function describe({ record, letter, redrivenAt }: Shown, withValue: boolean): readonly string[] {
  const { origin, attempts, failures, errorClass, errorMessage } = letter;
  const originName = `${origin.topic}/${origin.partition}/${origin.offset}`;
  const message = withValue ? visibleText(errorMessage ?? '') : '--value shows its message, which may quote the record';
  const rows: readonly (readonly [name: string, text: string])[] = [
    ['written', `${showTime(record.timestamp)} UTC`],
    ['origin', `${originName}, of ${showTime(origin.timestamp)} UTC`],
    ...(letter.id === originName ? [] : [['first', `${letter.id}, of ${showTime(letter.firstTimestamp)} UTC`] as const]),
    ['reason', `${letter.reason}, by the group ${letter.group}`],
    ['tries', `${plural(attempts, 'delivery', 'deliveries')}, ${plural(failures, 'failure')}`],
    ['error', errorClass === null ? 'none' : errorMessage === null ? errorClass : `${errorClass}: ${message}`],
    ['state', redrivenAt === null ? 'open' : `redriven ${showTime(redrivenAt)} UTC`],
    ['key', showBytes(record.key)],
    ...letter.headers.map(([name, bytes]) => ['header', `${name} = ${showBytes(bytes)}`] as const),
    ['value', valueText(record, letter, withValue)],
  ];
  return [
    `${record.topic}/${record.partition}/${record.offset}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(8)} ${visibleText(text, { limit: 1_100_000 })}`),
  ];
}

function valueText({ value }: KafkaRecord, { kind }: Letter, withValue: boolean): string {
  if (kind === 'pointer')
    return 'not here: it was too large for this topic, and is where the record came from, as long as it is kept there';
  if (value === null) return 'null, a tombstone';
  return withValue ? showBytes(value) : `${plural(value.length, 'byte')} (--value shows them)`;
}

function toJson({ record, letter, redrivenAt }: Shown, withValue: boolean): object {
  const { topic, partition, offset, timestamp, key, value } = record;
  const { errorMessage, headers, ...rest } = letter;
  return {
    topic,
    partition,
    offset,
    timestamp,
    ...rest,
    redrivenAt,
    key: key === null ? null : textOrBase64(key),
    headers: headers.map(([name, bytes]) => [name, bytes === null ? null : textOrBase64(bytes)]),
    valueBytes: value?.length ?? null,
    ...(withValue ? { errorMessage, value: value === null ? null : textOrBase64(value) } : {}),
  };
}
