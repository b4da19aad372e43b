import type { Clock, Timer } from '../clock.ts';
import { KafkaError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { KafkaRecord } from '../record.ts';
import type {
  Assignment,
  ConsumerListener,
  OffsetRange,
  PartitionEpoch,
  TopicPartition,
  Transport,
  TransportBatch,
  TransportConsumer,
} from '../transport.ts';

/** Records `from` ≤ offset < `to`, as far as they are there. */
export interface ReadRange extends TopicPartition {
  readonly from: number;
  readonly to: number;
}

/** What a reader works with. */
export interface ReaderParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

/** Neither a batch nor an assignment for so long, although something is still to be read: nobody answers. */
const MOST_SILENT_MS = 60_000;
const CONSUMER_OPTIONS = {
  groupInstanceId: null,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 30_000,
  heartbeatIntervalMs: 3_000,
  requestTimeoutMs: 20_000,
  maxWaitTimeMs: 500,
  maxBytesPerPartition: 1_048_576,
  // A stable end of the log may never come while a transaction is open; who reads for letters knows them by their headers.
  isolationLevel: 'read_uncommitted',
} as const;

interface Reading {
  /** Not yet read to their end, in order; the first is being read. */
  readonly ranges: ReadRange[];
  position: number;
  /** Null while the partition is not ours. */
  held: PartitionEpoch | null;
}

interface Read {
  readonly reading: Reading;
  readonly records: readonly KafkaRecord[];
}

/**
 * Yields the records of some ranges of offsets, batch by batch, each partition's in order; of one partition give them
 * ascending and apart. Fetches on only as the caller takes: at most one batch of each partition waits. Ends when every range
 * is read, also where retention has removed it. Rejects with what the transport fails with, or BROKER_UNREACHABLE when
 * nobody answers for 60 s.
 *
 * The transport contract reads in groups only: so this is the single member of a group of its own, named
 * `kafka-rehearsal-read-` and a random number, that commits nothing and is left when the caller ends. Kafka forgets such a
 * group by itself. With access control the client needs READ on groups of that prefix.
 */
export async function* readRanges(parts: ReaderParts, ranges: readonly ReadRange[]): AsyncGenerator<readonly KafkaRecord[], void> {
  const reader = new RangeReader(parts, ranges);
  try {
    for (let next = await reader.next(); next !== null; next = await reader.next()) {
      if (next.records.length > 0) yield next.records;
      reader.goOn(next.reading);
    }
  } finally {
    await reader.stop();
  }
}

class RangeReader implements ConsumerListener {
  readonly #clock: Clock;
  readonly #consumer: TransportConsumer | null;
  readonly #readings = new Map<string, Reading>();
  /** At most one of each partition. */
  readonly #queue: Read[] = [];
  #failure: KafkaError | null = null;
  #lastWarning: KafkaError | null = null;
  #wake: () => void = () => {};
  #silence: Timer | null = null;

  constructor({ transport, clock, random }: ReaderParts, ranges: readonly ReadRange[]) {
    this.#clock = clock;
    for (const range of ranges) {
      if (range.from >= range.to) continue;
      const reading = this.#readings.get(keyOf(range));
      if (reading === undefined) this.#readings.set(keyOf(range), { ranges: [range], position: range.from, held: null });
      else reading.ranges.push(range);
    }
    const topics = [...new Set(ranges.filter((range) => this.#readings.has(keyOf(range))).map(({ topic }) => topic))];
    if (topics.length === 0) {
      this.#consumer = null;
      return;
    }
    const groupId = `kafka-rehearsal-read-${Math.floor(random.next() * 2 ** 48).toString(36)}`;
    this.#consumer = transport.createConsumer({ ...CONSUMER_OPTIONS, groupId, topics }, this);
    this.#consumer.start().catch((error: unknown) => this.failed(error as KafkaError));
  }

  /** The next batch; null when all is read. */
  async next(): Promise<Read | null> {
    for (;;) {
      const read = this.#queue.shift();
      if (read !== undefined) return read;
      if (this.#failure !== null) throw this.#failure;
      if ([...this.#readings.values()].every(({ ranges }) => ranges.length === 0)) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#silence = this.#clock.setTimer(MOST_SILENT_MS, () => this.failed(this.#silent()));
      await promise;
      this.#silence.cancel();
    }
  }

  /** The caller has taken the batch. */
  goOn(reading: Reading): void {
    const [range] = reading.ranges;
    if (reading.held === null || range === undefined) return;
    if (reading.position < range.from) {
      reading.position = range.from;
      this.#consumer?.fetchFrom(reading.held, range.from);
    }
    this.#consumer?.resume([reading.held]);
  }

  async stop(): Promise<void> {
    this.#silence?.cancel();
    await this.#consumer?.stop();
  }

  // What the transport tells

  assigned({ partitions }: Assignment): void {
    for (const partition of partitions) {
      const reading = this.#readings.get(keyOf(partition));
      if (reading === undefined || reading.ranges.length === 0) continue;
      reading.held = partition;
      reading.position = Math.max(reading.position, reading.ranges[0]?.from ?? 0);
      this.#consumer?.fetchFrom(partition, reading.position);
    }
    this.#wake();
  }

  async revoked(partitions: readonly PartitionEpoch[]): Promise<void> {
    this.#forget(partitions);
  }

  lost(partitions: readonly PartitionEpoch[]): void {
    this.#forget(partitions);
  }

  batch(batch: TransportBatch): 'accepted' | 'dropped' {
    const reading = this.#readings.get(keyOf(batch));
    if (reading === undefined || reading.ranges.length === 0) return 'dropped';
    if (batch.fetchedFrom !== reading.position) {
      // Of an earlier fetch. A dropped batch stops its partition until it is asked for again.
      this.#clock.yield(() => {
        if (reading.held?.epoch === batch.epoch) this.#consumer?.fetchFrom(reading.held, reading.position);
      });
      return 'dropped';
    }
    this.#consumer?.pause([batch]);
    reading.position = batch.nextOffset;
    this.#queue.push({ reading, records: within(reading.ranges, batch.records) });
    this.#dropReadRanges(reading);
    this.#wake();
    return 'accepted';
  }

  /** Retention was faster, or the log is another one: what is still there of the ranges is read. */
  outOfRange(found: OffsetRange & { readonly fetchedFrom: number }): void {
    const reading = this.#readings.get(keyOf(found));
    if (reading === undefined) return;
    if (found.fetchedFrom > found.logEndOffset) reading.ranges.length = 0;
    reading.position = Math.max(reading.position, found.logStartOffset);
    this.#dropReadRanges(reading);
    reading.position = Math.max(reading.position, reading.ranges[0]?.from ?? 0);
    if (reading.ranges.length > 0) this.#consumer?.fetchFrom(found, reading.position);
    this.#wake();
  }

  warning(error: KafkaError): void {
    this.#lastWarning = error;
  }

  failed(error: KafkaError): void {
    this.#failure ??= error;
    this.#wake();
  }

  #dropReadRanges({ ranges, position }: Reading): void {
    while (ranges[0] !== undefined && ranges[0].to <= position) ranges.shift();
  }

  #forget(partitions: readonly PartitionEpoch[]): void {
    for (const partition of partitions) {
      const reading = this.#readings.get(keyOf(partition));
      if (reading?.held?.epoch === partition.epoch) reading.held = null;
    }
  }

  #silent(): KafkaError {
    const left = [...this.#readings.values()].flatMap(({ ranges: [range], position }) =>
      range === undefined ? [] : [`${keyOf(range)} from ${position}`],
    );
    const why = this.#lastWarning === null ? '' : `; the last that was heard: ${this.#lastWarning.message}`;
    return new KafkaError('BROKER_UNREACHABLE', `Nothing came for ${MOST_SILENT_MS} ms while reading ${left.join(', ')}${why}.`, {
      cause: this.#lastWarning ?? undefined,
    });
  }
}

/** The records of the ranges; both are in order, and there may be many of both. */
function within(ranges: readonly ReadRange[], records: readonly KafkaRecord[]): readonly KafkaRecord[] {
  let next = 0;
  return records.filter(({ offset }) => {
    while ((ranges[next]?.to ?? Number.POSITIVE_INFINITY) <= offset) next += 1;
    return offset >= (ranges[next]?.from ?? Number.POSITIVE_INFINITY);
  });
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
