import { KafkaError } from '../errors.ts';
import type { ProduceRecord, ProduceResult, TopicPartition, TransportProducer } from '../transport.ts';

/** Letters travel together up to so many; a broker takes batches up to 1 MiB by default (message.max.bytes). */
const MOST_BATCH_RECORDS = 500;
const MOST_BATCH_BYTES = 262_144;
const RECORD_OVERHEAD_BYTES = 36;
/** Each waits for a record that is in memory already; beyond, a letter fails at once and is sent again. */
const MOST_WAITING = 100_000;

export type FailedResult = Exclude<ProduceResult, { readonly outcome: 'acknowledged' }>;

/** What became of one letter. */
export type LetterResult = { readonly outcome: 'acknowledged'; readonly offset: number } | FailedResult;

interface Waiting {
  readonly record: ProduceRecord;
  readonly bytes: number;
  readonly settle: (result: LetterResult) => void;
}

/** Letters for one partition: one request at a time, as the transport asks, and together in it what came meanwhile. */
export class LetterOutbox {
  readonly #place: TopicPartition;
  readonly #producer: TransportProducer;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(place: TopicPartition, producer: TransportProducer) {
    this.#place = place;
    this.#producer = producer;
  }

  /** One attempt. Never rejects. */
  send(record: ProduceRecord): Promise<LetterResult> {
    const { promise, resolve } = Promise.withResolvers<LetterResult>();
    if (this.#waiting.length >= MOST_WAITING) {
      const cause = new KafkaError('PRODUCER_BUFFER_FULL', `${MOST_WAITING} dead letters wait for ${nameOf(this.#place)} already.`);
      return Promise.resolve({ ...this.#place, outcome: 'refused', code: 'PRODUCER_BUFFER_FULL', retriable: true, cause });
    }
    this.#waiting.push({ record, bytes: sizeOf(record), settle: resolve });
    if (!this.#sending) void this.#sendAll();
    return promise;
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const result = await this.#produce(batch);
      // Nothing of it was written, and one of them may be to blame: now one by one.
      if (result.outcome === 'refused' && !result.retriable && batch.length > 1)
        for (const each of batch) settle([each], await this.#produce([each]));
      else settle(batch, result);
    }
    this.#sending = false;
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const each of this.#waiting) {
      bytes += each.bytes;
      if (count > 0 && (bytes > MOST_BATCH_BYTES || count >= MOST_BATCH_RECORDS)) break;
      count += 1;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }

  /** A transport that breaks its word and rejects, or gives no answer, leaves us not knowing. */
  async #produce(batch: readonly Waiting[]): Promise<ProduceResult> {
    let cause: unknown;
    try {
      const [result] = await this.#producer.produce([{ ...this.#place, records: batch.map(({ record }) => record) }]);
      if (result !== undefined) return result;
    } catch (error) {
      cause = error;
    }
    const error = new KafkaError('PROTOCOL', `The transport gave no answer to a produce request for ${nameOf(this.#place)}.`, { cause });
    return { ...this.#place, outcome: 'unknown', cause: error };
  }
}

function settle(batch: readonly Waiting[], result: ProduceResult): void {
  batch.forEach((each, index) =>
    each.settle(result.outcome === 'acknowledged' ? { outcome: 'acknowledged', offset: result.baseOffset + index } : result),
  );
}

function sizeOf({ key, value, headers }: ProduceRecord): number {
  return headers.reduce(
    (sum, [name, bytes]) => sum + name.length + (bytes?.length ?? 0),
    RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0),
  );
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
