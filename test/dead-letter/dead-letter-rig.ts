import type { ProducerConfig } from '../../src/config/kafka-config.ts';
import type { DeadLetter } from '../../src/dead-letter/dead-letter-sink.ts';
import { writeLetter } from '../../src/dead-letter/write-letter.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { BatchingProducer } from '../../src/producer/batching-producer.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { Transport } from '../../src/transport.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import type { VenueMember } from '../../testing/venue.ts';
import { rejected } from './rejected.ts';

/** An in-memory cluster with a source topic and its dead letters, and a client on it. */
export class DeadLetterRig {
  readonly venue: MemoryVenue = new MemoryVenue();
  readonly member: VenueMember = this.venue.openMember('operator');
  readonly producerConfig: ProducerConfig = kafkaConfig({ producer: { deliveryTimeoutMs: 5_000, requestTimeoutMs: 2_000 } }).producer;

  get transport(): Transport {
    return this.member.transport;
  }

  async prepare(): Promise<this> {
    await this.venue.admin.createTopics([
      { name: 'orders', partitions: 3 },
      { name: 'orders.dead', partitions: 3 },
    ]);
    return this;
  }

  /** Lets virtual time run until the promise settles. */
  async settle<Result>(promise: Promise<Result>): Promise<Result> {
    let settled = false;
    const done = (): void => void (settled = true);
    promise.then(done, done);
    await this.venue.until(() => settled, { withinMs: 600_000, describe: () => 'the work to settle' });
    return promise;
  }

  /** Writes the record to `orders`, and returns it as it stands there. */
  async original(given: Partial<KafkaRecord> = {}): Promise<KafkaRecord> {
    const { partition = 2 } = given;
    const record = {
      topic: 'orders',
      partition,
      offset: 0,
      timestamp: this.venue.clock.now(),
      key: null,
      value: null,
      headers: [],
      ...given,
    };
    const offset = await this.venue.produce('orders', partition, [record]);
    return { ...record, offset };
  }

  /** Writes the letter, and returns its offset. */
  async letter(letter: Partial<DeadLetter> = {}, kind: 'letter' | 'pointer' = 'letter'): Promise<number> {
    const whole = rejected(letter);
    const written = writeLetter(whole, { groupId: 'billing', now: this.venue.clock.now(), headerFidelity: 'exact', kind });
    return this.venue.produce('orders.dead', whole.record.partition, [written]);
  }

  producer(): BatchingProducer {
    return new BatchingProducer({
      transport: this.transport.createProducer({ requestTimeoutMs: 2_000 }),
      clock: this.member.clock,
      random: this.member.random,
      config: this.producerConfig,
    });
  }

  read(topic: string): Promise<readonly KafkaRecord[]> {
    return this.venue.readRecords(topic);
  }
}

/** The transport with something else in its place. */
export function bound(transport: Transport, changes: Partial<Transport>): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createConsumer: (options, listener) => transport.createConsumer(options, listener),
    createProducer: (options) => transport.createProducer(options),
    close: () => transport.close(),
    ...changes,
  };
}
