import type { ProduceBatch, ProduceResult, Transport, TransportProducer } from '../../../src/transport.ts';

/**
 * A habit of kafkajs with `idempotent: true`, seen on Kafka 4.2.1: after a batch whose answer was lost, the next one goes
 * out under the same sequence number. The broker takes it for the first one, which it has, answers "duplicate" with the
 * first one's offset, and writes nothing; the client calls that acknowledged.
 */
export function withReusedSequence(transport: Transport): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createConsumer: (options, listener) => transport.createConsumer(options, listener),
    createProducer: (options) => idempotentProducer(transport, transport.createProducer(options)),
    close: () => transport.close(),
  };
}

function idempotentProducer(transport: Transport, producer: TransportProducer): TransportProducer {
  /** Partitions whose last sequence number is in doubt. */
  const doubtful = new Set<string>();
  const produceOne = async (batch: ProduceBatch): Promise<ProduceResult> => {
    const { topic, partition } = batch;
    const name = `${topic}-${partition}`;
    if (doubtful.delete(name)) {
      const [end] = await transport.admin.listOffsets([{ topic, partition }], 'latest');
      return { topic, partition, outcome: 'acknowledged', baseOffset: (end?.offset ?? 1) - 1 };
    }
    const [result] = await producer.produce([batch]);
    if (result === undefined) throw new RangeError('A producer answers for each batch');
    if (result.outcome === 'unknown') doubtful.add(name);
    return result;
  };
  return {
    partitionCount: (topic) => producer.partitionCount(topic),
    produce: (batches) => Promise.all(batches.map(produceOne)),
    close: () => producer.close(),
  };
}
