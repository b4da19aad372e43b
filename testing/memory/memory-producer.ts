import { KafkaError } from '../../src/errors.ts';
import type { ProduceBatch, ProduceResult, TransportProducer } from '../../src/transport.ts';
import type { NodeId } from '../broker/protocol.ts';
import { neverSettles } from '../simulation/incarnation.ts';
import { placeName } from './client.ts';
import type { Client } from './client.ts';
import { isRetriable } from './error-table.ts';

/** The producer of the memory transport: one request per leader, one attempt. */
export class MemoryProducer implements TransportProducer {
  readonly #client: Client;
  readonly #purpose: string;
  readonly #requestTimeoutMs: number;
  #closed = false;

  constructor(client: Client, purpose: string, requestTimeoutMs: number) {
    this.#client = client;
    this.#purpose = purpose;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  async partitionCount(topic: string): Promise<number> {
    await this.#client.ensureKnown([topic], this.#requestTimeoutMs);
    return this.#client.partitionCount(topic) as number;
  }

  async produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    if (this.#client.owner.refuses(() => `produced to ${batches.map(placeName).join(', ')}`)) return neverSettles();
    if (this.#closed) return batches.map((batch) => refused(batch, 'UNKNOWN_PRODUCER_ID', 'The producer is closed'));
    try {
      await this.#client.ensureKnown([...new Set(batches.map(({ topic }) => topic))], this.#requestTimeoutMs);
    } catch (error) {
      // What is not known to have a leader is refused below, batch by batch.
      if (!(error instanceof KafkaError) || error.code !== 'UNKNOWN_TOPIC')
        return batches.map((batch) => refused(batch, 'REQUEST_TIMED_OUT', String(error)));
    }
    const results = new Map<ProduceBatch, ProduceResult>();
    const byLeader = Map.groupBy(batches, (batch) => this.#client.leaderOf(batch));
    await Promise.all(
      [...byLeader].map(async ([leader, ofLeader]) => {
        const answers = leader === undefined ? this.#refuseWithoutLeader(ofLeader) : await this.#send(leader, ofLeader);
        for (const [index, batch] of ofLeader.entries()) results.set(batch, answers[index] as ProduceResult);
      }),
    );
    return batches.map((batch) => results.get(batch) as ProduceResult);
  }

  async close(): Promise<void> {
    if (this.#client.owner.refuses(() => 'closed its producer')) return neverSettles();
    this.#closed = true;
    this.#client.closePurpose(this.#purpose);
  }

  async #send(leader: NodeId, batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    const partitions = batches.map(({ topic, partition, records }) => ({ topic, partition, records }));
    try {
      const response = await this.#client.request(this.#purpose, leader, { api: 'Produce', acks: -1, partitions }, this.#requestTimeoutMs);
      return batches.map((batch, index) => {
        const { topic, partition } = batch;
        const answer = response.partitions[index];
        if (answer?.errorCode === 'NONE') return { topic, partition, outcome: 'acknowledged', baseOffset: answer.baseOffset };
        const code = answer?.errorCode ?? 'UNKNOWN_SERVER_ERROR';
        if (isRetriable(code)) this.#lookAgain(topic);
        return refused(batch, code, undefined, answer?.latestTimestampMs);
      });
    } catch (error) {
      const cause = error instanceof KafkaError ? error : new KafkaError('PRODUCE_FAILED', String(error), { cause: error });
      return batches.map(({ topic, partition }) => ({ topic, partition, outcome: 'unknown', cause }));
    }
  }

  /** Its broker was down when the client asked last, or there is no such partition: the next attempt should know more. */
  #refuseWithoutLeader(batches: readonly ProduceBatch[]): readonly ProduceResult[] {
    for (const topic of new Set(batches.map((batch) => batch.topic))) this.#lookAgain(topic);
    return batches.map((batch) => refused(batch, 'UNKNOWN_TOPIC_OR_PARTITION'));
  }

  /** The leader may have moved: the next attempt should know. */
  #lookAgain(topic: string): void {
    this.#client.refresh([topic], this.#requestTimeoutMs).catch(() => {
      // Not answered: what was known before holds, and the next refusal asks again.
    });
  }
}

function refused(batch: ProduceBatch, code: string, why?: string, latestTimestampMs?: number): ProduceResult {
  const { topic, partition } = batch;
  const message = `Produce to ${placeName(batch)} was refused: ${code}${why === undefined ? '' : ` (${why})`}`;
  return {
    topic,
    partition,
    outcome: 'refused',
    code,
    retriable: isRetriable(code),
    cause: new KafkaError('PRODUCE_FAILED', message, {
      kafkaCode: code,
      ...(latestTimestampMs === undefined ? {} : { details: { latestTimestampMs } }),
    }),
  };
}
