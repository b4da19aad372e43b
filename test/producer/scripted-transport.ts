import { KafkaError } from '../../src/errors.ts';
import type { ProduceBatch, ProduceResult, TransportProducer } from '../../src/transport.ts';

/** What the broker does with one batch. `hold`: no answer until `release`. */
export type Answer = 'ack' | 'hold' | 'written-but-unknown' | 'unknown' | { readonly refuse: string; readonly retriable: boolean };

/** One batch as it arrived. */
export interface Arrival {
  readonly request: number;
  readonly partition: number;
  readonly values: readonly string[];
}

/** A transport's producer that answers by script and keeps a log per partition, so that a test sees what was written. */
export class ScriptedTransport implements TransportProducer {
  readonly arrivals: Arrival[] = [];
  readonly logs = new Map<string, string[]>();
  partitions: number | KafkaError = 4;
  metadataRequests = 0;
  closed = false;
  /** Most batches of one partition that were under way at once. */
  mostAtOnce = 0;
  answer: (batch: ProduceBatch, values: readonly string[]) => Answer = () => 'ack';
  #requests = 0;
  readonly #under = new Map<number, number>();
  readonly #held: (() => void)[] = [];

  partitionCount(): Promise<number> {
    this.metadataRequests += 1;
    return typeof this.partitions === 'number' ? Promise.resolve(this.partitions) : Promise.reject(this.partitions);
  }

  async produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    this.#requests += 1;
    const results = await Promise.all(batches.map((batch) => this.#one(batch, this.#requests)));
    return results;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  get requests(): number {
    return this.#requests;
  }

  /** Lets go of everything held; what was held is acknowledged. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async #one(batch: ProduceBatch, request: number): Promise<ProduceResult> {
    const { topic, partition, records } = batch;
    const values = records.map(({ value }) => (value === null ? '(null)' : Buffer.from(value).toString()));
    this.arrivals.push({ request, partition, values });
    const under = (this.#under.get(partition) ?? 0) + 1;
    this.#under.set(partition, under);
    this.mostAtOnce = Math.max(this.mostAtOnce, under);
    const answer = this.answer(batch, values);
    await (answer === 'hold' ? new Promise<void>((resolve) => this.#held.push(resolve)) : Promise.resolve());
    this.#under.set(partition, under - 1);
    const log = this.logs.get(`${topic}/${partition}`) ?? [];
    this.logs.set(`${topic}/${partition}`, log);
    const baseOffset = log.length;
    if (answer === 'ack' || answer === 'hold' || answer === 'written-but-unknown') log.push(...values);
    if (answer === 'ack' || answer === 'hold') return { topic, partition, outcome: 'acknowledged', baseOffset };
    if (typeof answer === 'string')
      return { topic, partition, outcome: 'unknown', cause: new KafkaError('BROKER_UNREACHABLE', 'the connection broke') };
    const cause = new KafkaError('PRODUCE_FAILED', `refused with ${answer.refuse}`, { kafkaCode: answer.refuse });
    return { topic, partition, outcome: 'refused', code: answer.refuse, retriable: answer.retriable, cause };
  }
}
