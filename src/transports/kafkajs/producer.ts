import type { Kafka } from 'kafkajs';
import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import type { ProduceBatch, ProduceResult, TransportProducer } from '../../transport.ts';
import { closeConnections } from './connections.ts';
import type { Cluster, ClusterAccess } from './kafkajs-internals.ts';
import { openCluster } from './kafkajs-internals.ts';
import { anyBroker, cachedLeader, knowTopics, readTopics, unknownTopics } from './topology.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { translateError } from './translate-error.ts';
import { wait } from './wait.ts';
import { encodeRecords } from './wire/encode-records.ts';
import { kafkaErrorCode } from './wire/error-codes.ts';
import type { EncodedBatch, ProduceAnswer } from './wire/produce.ts';
import { produceRequest } from './wire/produce.ts';
import { mayHaveBeenSent, sendRequest } from './wire/send-request.ts';

const PRODUCE_API = 0;
const NEW_TOPIC_MS = 3_000;
const POLL_MS = 100;
const CLOSED = 'The producer was closed.';
/** Answers that leave it open whether the batch is in the log. Others do only with a base offset: see `resultOf`. */
const MAY_BE_WRITTEN: ReadonlySet<string> = new Set([
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NETWORK_EXCEPTION',
  'UNKNOWN_SERVER_ERROR',
  'KAFKA_STORAGE_ERROR',
]);

export interface ProducerParts {
  readonly makeClient: (isOver: () => boolean) => Kafka;
  readonly clock: Clock;
  readonly facts: ConnectionFacts;
  readonly metadataMaxAgeMs: number;
  readonly requestTimeoutMs: number;
}

/**
 * Produce requests of our own over kafkajs's connections, not kafkajs's producer: that fails every partition of a request
 * for one bad one, cannot write a null header or the timestamp 0, chooses the partition anew on each retry, and costs 8 µs
 * a record. Without idempotence (kafkajs's loses acknowledged records) and without retries: both are decided above.
 */
export class KafkajsTransportProducer implements TransportProducer {
  readonly #clock: Clock;
  readonly #facts: ConnectionFacts;
  readonly #requestTimeoutMs: number;
  readonly #access: ClusterAccess;
  #refreshing: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor({ makeClient, clock, facts, metadataMaxAgeMs, requestTimeoutMs }: ProducerParts) {
    this.#clock = clock;
    this.#facts = facts;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#access = openCluster(
      makeClient(() => this.#isClosed),
      metadataMaxAgeMs,
      clock,
    );
  }

  get #cluster(): Cluster {
    return this.#access.cluster;
  }

  async partitionCount(topic: string): Promise<number> {
    if (this.#closing !== null) throw closed();
    try {
      await this.#cluster.connect();
      const deadline = this.#clock.now() + NEW_TOPIC_MS;
      for (;;) {
        await knowTopics(this.#cluster, [topic]);
        const cached = this.#cluster.findTopicPartitionMetadata(topic).length;
        if (cached > 0) return cached;
        // A new topic reaches the brokers one after the other; one that no broker knows is unknown at once.
        const { nowhere } = await unknownTopics(this.#cluster, [topic]);
        if (nowhere.length > 0 || this.#clock.now() >= deadline) throw await this.#unknown(topic);
        await wait(this.#clock, POLL_MS);
      }
    } catch (error) {
      throw translateError(error, `look up the partitions of "${topic}"`, 'PRODUCE_FAILED', this.#facts);
    }
  }

  async #unknown(topic: string): Promise<KafkaError> {
    // What stays among the targets is asked for with every refresh, for ever.
    this.#cluster.targetTopics.delete(topic);
    const [answer] = await readTopics(await anyBroker(this.#cluster), [topic]);
    const kafkaCode = kafkaErrorCode(answer?.errorCode ?? 0)?.name ?? 'UNKNOWN_TOPIC_OR_PARTITION';
    if (kafkaCode === 'TOPIC_AUTHORIZATION_FAILED')
      return new KafkaError('PRODUCE_FAILED', `This client may not see the topic "${topic}" (${kafkaCode}).`, { kafkaCode });
    return new KafkaError('UNKNOWN_TOPIC', `The brokers know no topic "${topic}" (${kafkaCode}); this client creates none.`, {
      kafkaCode,
      details: { topics: [topic] },
    });
  }

  async produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    const results = new Map<ProduceBatch, ProduceResult>();
    if (this.#closing !== null) return batches.map(refusedByClose);
    try {
      await this.#know([...new Set(batches.map(({ topic }) => topic))]);
    } catch (error) {
      const cause = translateError(error, 'read the metadata of the topics to write to', 'PRODUCE_FAILED', this.#facts);
      return batches.map((batch) => refused(batch, cause.kafkaCode ?? 'NETWORK_EXCEPTION', true, cause));
    }
    if (this.#isClosed) return batches.map(refusedByClose);
    const perLeader = new Map<number, ProduceBatch[]>();
    for (const batch of batches) {
      const leader = cachedLeader(this.#cluster, batch);
      if (leader === null) results.set(batch, this.#withoutLeader(batch));
      else perLeader.set(leader, [...(perLeader.get(leader) ?? []), batch]);
    }
    const answered = await Promise.all([...perLeader].map(([nodeId, led]) => this.#send(nodeId, led)));
    for (const [batch, result] of answered.flat()) results.set(batch, result);
    // Not after the close: it would connect again.
    if (!this.#isClosed && [...results.values()].some((result) => result.outcome !== 'acknowledged')) void this.#refresh().catch(() => {});
    return batches.map((batch) => results.get(batch)!);
  }

  /** Whoever closes has waited as long as it wanted to: what is in flight ends now, as `unknown`. kafkajs would wait for every answer. */
  close(): Promise<void> {
    return (this.#closing ??= closeConnections(this.#access, CLOSED, this.#clock));
  }

  get #isClosed(): boolean {
    return this.#closing !== null;
  }

  async #send(nodeId: number, led: readonly ProduceBatch[]): Promise<readonly (readonly [ProduceBatch, ProduceResult])[]> {
    const encodings = led.map(encode);
    const invalid = encodings.flatMap((each): [ProduceBatch, ProduceResult][] => ('refusal' in each ? [[each.batch, each.refusal]] : []));
    const valid = encodings.filter((each) => 'encoded' in each);
    return valid.length === 0 ? invalid : [...invalid, ...(await this.#sendEncoded(nodeId, valid))];
  }

  async #sendEncoded(nodeId: number, valid: readonly Encoded[]): Promise<readonly (readonly [ProduceBatch, ProduceResult])[]> {
    const batches = valid.map(({ batch }) => batch);
    try {
      const broker = await this.#cluster.findBroker({ nodeId });
      if (this.#isClosed) return batches.map((batch) => [batch, refusedByClose(batch)]);
      const encoded = valid.map((each) => each.encoded);
      const request = produceRequest(encoded, this.#requestTimeoutMs, broker.versions?.[PRODUCE_API]?.maxVersion ?? 7);
      const answers = await sendRequest(broker, request, this.#requestTimeoutMs);
      const byPartition = new Map(answers.map((answer) => [`${answer.topic}/${answer.partition}`, answer]));
      return batches.map((batch) => [batch, this.#resultOf(batch, byPartition.get(`${batch.topic}/${batch.partition}`))]);
    } catch (error) {
      const cause = translateError(
        error,
        `write to ${batches.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')}`,
        'PRODUCE_FAILED',
        this.#facts,
      );
      if (mayHaveBeenSent(error)) return batches.map((batch) => [batch, { ...place(batch), outcome: 'unknown', cause }]);
      return batches.map((batch) => [batch, refused(batch, cause.kafkaCode ?? 'NETWORK_EXCEPTION', true, cause)]);
    }
  }

  #resultOf(batch: ProduceBatch, answer: ProduceAnswer | undefined): ProduceResult {
    const where = `${batch.topic}/${batch.partition}`;
    if (answer === undefined)
      return {
        ...place(batch),
        outcome: 'unknown',
        cause: new KafkaError('PRODUCE_FAILED', `The broker's answer does not name ${where}.`),
      };
    const error = kafkaErrorCode(answer.errorCode);
    if (error === null) return { ...place(batch), outcome: 'acknowledged', baseOffset: answer.baseOffset };
    const cause = new KafkaError(
      'PRODUCE_FAILED',
      `The leader of ${where} answered ${error.name}${answer.message === null ? '' : `: ${answer.message}`}.`,
      { kafkaCode: error.name, details: answer.latestTimestampMs === null ? {} : { latestTimestampMs: answer.latestTimestampMs } },
    );
    // An error after the append (the leader moved or stepped down while it waited for its followers) comes with the base
    // offset that the batch got; an error before it with −1 (kafka.server.DelayedProduce and ReplicaManager, 4.2).
    if (MAY_BE_WRITTEN.has(error.name) || answer.baseOffset >= 0) return { ...place(batch), outcome: 'unknown', cause };
    return refused(batch, error.name, error.retriable, cause);
  }

  #withoutLeader(batch: ProduceBatch): ProduceResult {
    const known = this.#cluster.findTopicPartitionMetadata(batch.topic).length > 0;
    const kafkaCode = known ? 'LEADER_NOT_AVAILABLE' : 'UNKNOWN_TOPIC_OR_PARTITION';
    const cause = new KafkaError(
      known ? 'PRODUCE_FAILED' : 'UNKNOWN_TOPIC',
      `${batch.topic}/${batch.partition} ${known ? 'has no leader now, or does not exist' : 'does not exist'}.`,
      { kafkaCode },
    );
    return refused(batch, kafkaCode, true, cause);
  }

  /** Topics that are new here are looked up; the rest comes from the cache. */
  async #know(topics: readonly string[]): Promise<void> {
    if (topics.every((topic) => this.#cluster.targetTopics.has(topic))) return;
    await this.#cluster.connect();
    await knowTopics(this.#cluster, topics);
  }

  /** One at a time. */
  #refresh(): Promise<void> {
    return (this.#refreshing ??= this.#cluster.refreshMetadata().finally(() => {
      this.#refreshing = null;
    }));
  }
}

function place({ topic, partition }: ProduceBatch): { topic: string; partition: number } {
  return { topic, partition };
}

function refused(batch: ProduceBatch, code: string, retriable: boolean, cause: KafkaError): ProduceResult {
  return { ...place(batch), outcome: 'refused', code, retriable, cause };
}

interface Encoded {
  readonly batch: ProduceBatch;
  readonly encoded: EncodedBatch;
}

/** What cannot be encoded never will be: it is refused for good, and does not hold up the other batches of the request. */
function encode(batch: ProduceBatch): Encoded | { readonly batch: ProduceBatch; readonly refusal: ProduceResult } {
  const { topic, partition, records } = batch;
  try {
    return { batch, encoded: { topic, partition, records: encodeRecords(records) } };
  } catch (cause) {
    // The cause may quote the record, so that the message does not.
    const error = new KafkaError('RECORD_INVALID', `A record for ${topic}/${partition} cannot be encoded for the wire.`, {
      cause,
      kafkaCode: 'INVALID_RECORD',
    });
    return { batch, refusal: refused(batch, 'INVALID_RECORD', false, error) };
  }
}

function refusedByClose(batch: ProduceBatch): ProduceResult {
  return refused(batch, 'PRODUCER_CLOSED', false, closed());
}

function closed(): KafkaError {
  return new KafkaError('PRODUCER_CLOSED', 'The producer is closed.');
}
