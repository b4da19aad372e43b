import type { Clock, Timer } from '../clock.ts';
import type { ProducerConfig } from '../config/kafka-config.ts';
import { KafkaError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { ProduceResult, TransportProducer } from '../transport.ts';
import { halves } from './batch.ts';
import type { Batch } from './batch.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { PendingRecord } from './pending-record.ts';
import { blamesRecord, produceFailed } from './produce-error.ts';
import type { FailedResult } from './produce-error.ts';

const FIRST_RETRY_DELAY_MS = 100;
const LONGEST_RETRY_DELAY_MS = 1_000;
/** Partitions travel together up to so many bytes; well below the 100 MB that a broker takes in one request (socket.request.max.bytes). */
const MOST_REQUEST_BYTES = 4_194_304;

export interface SenderOptions {
  readonly transport: TransportProducer;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ProducerConfig;
  /** Whether batches go out without lingering: somebody flushes, or waits for room. */
  readonly isUrgent: () => boolean;
  /** Each record once, after its promise was settled. */
  readonly onSettled: (batch: Batch) => void;
}

/**
 * Batches by partition, sends, retries, settles. One batch per partition is under way at a time. Partitions share a
 * request, and so its answer, only as long as they are well.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #queues = new Map<string, Map<number, PartitionQueue>>();
  /** Queues with a batch that may go out: none under way, none waiting to be tried again. */
  readonly #ready = new Set<PartitionQueue>();
  #drainScheduled = false;
  #lingerTimer: Timer | null = null;
  #closed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  queueOf(topic: string, partition: number): PartitionQueue {
    let partitions = this.#queues.get(topic);
    if (partitions === undefined) this.#queues.set(topic, (partitions = new Map()));
    let queue = partitions.get(partition);
    if (queue === undefined) partitions.set(partition, (queue = new PartitionQueue(topic, partition)));
    return queue;
  }

  append(queue: PartitionQueue, record: PendingRecord): void {
    const { clock, config, isUrgent } = this.#options;
    const now = config.lingerMs === 0 ? 0 : clock.now();
    queue.append(record, config.batchBytes, now + config.lingerMs);
    if (queue.inFlight || queue.retryTimer !== null) return;
    this.#ready.add(queue);
    if (config.lingerMs === 0 || isUrgent() || queue.isDue(now, config.batchBytes)) this.drainSoon();
    else this.#lingerTimer ??= clock.setTimer(config.lingerMs, () => this.#lingered());
  }

  /** Sends in a new macrotask, together with all that is sent in this one. */
  drainSoon(): void {
    if (this.#drainScheduled) return;
    this.#drainScheduled = true;
    this.#options.clock.yield(() => this.#drain());
  }

  /** Gives up all that is left. */
  close(why: string): void {
    this.#closed = true;
    this.#lingerTimer?.cancel();
    for (const queue of [...this.#queues.values()].flatMap((partitions) => [...partitions.values()])) {
      queue.retryTimer?.cancel();
      const under = queue.inFlight ? queue.batches[0] : undefined;
      if (under !== undefined) under.maybeWritten = true;
      for (const batch of queue.batches.splice(0)) this.#fail(queue, batch, why, null);
    }
    this.#ready.clear();
  }

  #lingered(): void {
    this.#lingerTimer = null;
    this.drainSoon();
  }

  #drain(): void {
    this.#drainScheduled = false;
    const { clock, config, isUrgent } = this.#options;
    const now = clock.now();
    const urgent = isUrgent();
    let nextAt = Number.POSITIVE_INFINITY;
    let together: PartitionQueue[] = [];
    let bytes = 0;
    for (const queue of this.#ready) {
      this.#expire(queue, now);
      const [first] = queue.batches;
      if (first === undefined) {
        this.#ready.delete(queue);
      } else if (!urgent && !queue.isDue(now, config.batchBytes)) {
        nextAt = Math.min(nextAt, queue.lingerUntil);
      } else {
        this.#ready.delete(queue);
        if (queue.ailing) {
          this.#produce([queue]);
          continue;
        }
        if (bytes + first.bytes > MOST_REQUEST_BYTES && together.length > 0) {
          this.#produce(together);
          together = [];
          bytes = 0;
        }
        together.push(queue);
        bytes += first.bytes;
      }
    }
    if (together.length > 0) this.#produce(together);
    this.#lingerTimer?.cancel();
    this.#lingerTimer = nextAt === Number.POSITIVE_INFINITY ? null : clock.setTimer(nextAt - now, () => this.#lingered());
  }

  /** Batches that waited behind others until their time was over. */
  #expire(queue: PartitionQueue, now: number): void {
    for (;;) {
      const [first] = queue.batches;
      if (first === undefined || this.#deadlineOf(first) > now) return;
      queue.close();
      queue.replaceFirst();
      this.#fail(queue, first, this.#tooLate(), null);
    }
  }

  #produce(queues: readonly PartitionQueue[]): void {
    const batches = queues.map((queue) => {
      const batch = queue.close() as Batch;
      batch.attempts += 1;
      queue.inFlight = true;
      return { topic: queue.topic, partition: queue.partition, records: batch.records };
    });
    // A transport that breaks its word and rejects, or answers too little, leaves us not knowing: never in silence.
    this.#options.transport.produce(batches).then(
      (results) => queues.forEach((queue, index) => this.#settle(queue, results[index] ?? unknown(queue, 'the transport gave no answer'))),
      (cause: unknown) => queues.forEach((queue) => this.#settle(queue, unknown(queue, 'the transport failed', cause))),
    );
  }

  #settle(queue: PartitionQueue, result: ProduceResult): void {
    if (this.#closed) return;
    queue.inFlight = false;
    queue.ailing = result.outcome !== 'acknowledged';
    const batch = queue.batches[0] as Batch;
    if (result.outcome === 'acknowledged') {
      queue.replaceFirst();
      const { topic, partition } = queue;
      batch.pending.forEach((record, index) => record.resolve({ topic, partition, offset: result.baseOffset + index }));
      this.#options.onSettled(batch);
    } else {
      this.#settleFailed(queue, batch, result);
    }
    if (queue.retryTimer === null && queue.batches.length > 0) {
      this.#ready.add(queue);
      this.drainSoon();
    }
  }

  #settleFailed(queue: PartitionQueue, batch: Batch, result: FailedResult): void {
    if (result.outcome === 'unknown') batch.maybeWritten = true;
    if (result.outcome === 'unknown' || result.retriable) {
      this.#retry(queue, batch, result);
    } else if (blamesRecord(result.code) && batch.pending.length > 1) {
      queue.replaceFirst(...halves(batch));
    } else {
      queue.replaceFirst();
      this.#fail(queue, batch, 'the broker refused it', result);
    }
  }

  #retry(queue: PartitionQueue, batch: Batch, result: FailedResult): void {
    const { clock, random } = this.#options;
    const longest = Math.min(LONGEST_RETRY_DELAY_MS, FIRST_RETRY_DELAY_MS * 2 ** (batch.attempts - 1));
    const delayMs = Math.ceil(random.next() * longest);
    if (clock.now() + delayMs >= this.#deadlineOf(batch)) {
      queue.replaceFirst();
      this.#fail(queue, batch, this.#tooLate(), result);
      return;
    }
    queue.retryTimer = clock.setTimer(delayMs, () => {
      queue.retryTimer = null;
      this.#produce([queue]);
    });
  }

  #deadlineOf(batch: Batch): number {
    return batch.oldestSentAt + this.#options.config.deliveryTimeoutMs;
  }

  #tooLate(): string {
    return `not acknowledged within ${this.#options.config.deliveryTimeoutMs} ms (producer.deliveryTimeoutMs)`;
  }

  #fail(queue: PartitionQueue, batch: Batch, why: string, last: FailedResult | null): void {
    const error = produceFailed(batch, queue, why, last);
    for (const record of batch.pending) record.reject(error);
    this.#options.onSettled(batch);
  }
}

function unknown(queue: PartitionQueue, what: string, cause?: unknown): ProduceResult {
  const { topic, partition } = queue;
  return { topic, partition, outcome: 'unknown', cause: new KafkaError('PROTOCOL', `${what} to a produce request`, { cause }) };
}
