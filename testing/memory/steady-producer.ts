import { KafkaError } from '../../src/errors.ts';
import type { ProduceRecord } from '../../src/transport.ts';
import type { ProducerBatch } from '../broker/producer-state.ts';
import type { ProducePartitionResponse } from '../broker/protocol-data.ts';
import type { Request, Response } from '../broker/protocol.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { BrokerHost } from './broker-host.ts';
import { isRetriable } from './error-table.ts';
import type { FaultInjector, Interference } from './fault-injector.ts';
import type { Encounter, NetworkFaults } from './network-faults.ts';

/** Between two attempts (virtual ms). */
const RETRY_MS = 100;
/** What an answer that does not come costs (virtual ms). */
const TIMEOUT_MS = 500;
const MAX_ATTEMPTS = 1_000;
/** How faults know it. */
const SENDER = 'workload';

type Outcome = ProducePartitionResponse | 'no-answer';

/**
 * Writes the workload of a plan under faults, as an idempotent producer does: the same sequence again until the broker says
 * that the record is written, so that each stands in the log once. Takes no time while nothing goes wrong.
 */
export class SteadyProducer {
  readonly #loop: EventLoop;
  readonly #host: BrokerHost;
  readonly #faults: FaultInjector;
  readonly #troubles: NetworkFaults;
  readonly #sequences = new Map<string, number>();
  #producerId = -1;

  constructor(loop: EventLoop, host: BrokerHost, faults: FaultInjector, troubles: NetworkFaults) {
    this.#loop = loop;
    this.#host = host;
    this.#faults = faults;
    this.#troubles = troubles;
  }

  /** The offset of the first. Rejects with PRODUCE_FAILED when the records cannot be written, UNKNOWN_TOPIC where there is no such partition. */
  async produce(topic: string, partition: number, records: readonly ProduceRecord[]): Promise<number> {
    if (this.#producerId < 0) this.#producerId = this.#host.ask(this.#host.anyNode(), { api: 'InitProducerId' }).producerId;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const place = `${this.#host.cluster.log(topic, partition)?.topicId ?? topic}/${partition}`;
      const baseSequence = this.#sequences.get(place) ?? 0;
      const producer = { producerId: this.#producerId, producerEpoch: 0, baseSequence };
      const attempted = this.#attempt(topic, partition, records, producer);
      // Mostly at once.
      const outcome = attempted instanceof Promise ? await attempted : attempted;
      if (outcome === 'no-answer') {
        await this.#sleep(TIMEOUT_MS);
      } else if (outcome.errorCode === 'NONE') {
        this.#sequences.set(place, baseSequence + records.length);
        return outcome.baseOffset;
      } else if (outcome.errorCode === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
        // An unclean leader does not have what came before: begins anew, as Kafka's producer does with a new epoch (KIP-360).
        this.#producerId = this.#host.ask(this.#host.anyNode(), { api: 'InitProducerId' }).producerId;
        this.#sequences.clear();
      } else if (isRetriable(outcome.errorCode)) {
        await this.#sleep(RETRY_MS);
      } else {
        throw new KafkaError('PRODUCE_FAILED', `Produce to ${topic}/${partition}: ${outcome.errorCode}`, { kafkaCode: outcome.errorCode });
      }
    }
    throw new KafkaError('PRODUCE_FAILED', `Produce to ${topic}/${partition} was not written in ${MAX_ATTEMPTS} attempts`);
  }

  #attempt(topic: string, partition: number, records: readonly ProduceRecord[], producer: ProducerBatch): Outcome | Promise<Outcome> {
    const log = this.#host.cluster.log(topic, partition);
    if (log === null || log.leader < 0)
      return refused(topic, partition, log === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'LEADER_NOT_AVAILABLE');
    const body = { api: 'Produce' as const, acks: -1, timeoutMs: 5_000, partitions: [{ topic, partition, records, producer }] };
    const ask = (): Outcome | Promise<Outcome> => {
      const answerOf = ({ partitions: [answer] }: Response<'Produce'>): Outcome =>
        answer ?? refused(topic, partition, 'UNKNOWN_SERVER_ERROR');
      const answered = this.#host.askLater(log.leader, body);
      return answered instanceof Promise ? answered.then(answerOf) : answerOf(answered);
    };
    const request = { ...body, correlationId: 0, clientId: SENDER } as Request<'Produce'>;
    const interference = this.#faults.interfere(SENDER, request);
    const met = interference ?? this.#troubles.meet(SENDER, request);
    return met === null ? ask() : this.#suffer(met, ask);
  }

  async #suffer(met: Interference | Encounter, ask: () => Outcome | Promise<Outcome>): Promise<Outcome> {
    switch (met.does) {
      case 'change-reply':
      case 'overtake':
      case 'shrink':
        return ask();
      case 'lose-request':
        return 'no-answer';
      case 'lose-reply':
        await ask();
        met.felt();
        return 'no-answer';
      case 'answer':
        return met.response.api === 'Produce' ? (met.response.partitions[0] ?? 'no-answer') : 'no-answer';
      case 'delay-request':
        await this.#sleep(met.ms);
        return ask();
      case 'delay-reply': {
        const outcome = await ask();
        met.felt();
        await this.#sleep(met.ms);
        return outcome;
      }
      case 'cut':
        if (met.done) await ask();
        return 'no-answer';
      case 'duplicate':
        await ask();
        return ask();
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#loop.schedule(this.#loop.now + ms, null, 'workload waits', resolve));
  }
}

function refused(topic: string, partition: number, errorCode: ProducePartitionResponse['errorCode']): ProducePartitionResponse {
  return { topic, partition, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}
