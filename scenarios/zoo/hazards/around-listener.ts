import type { ConsumerListener, Transport, TransportConsumer } from '../../../src/transport.ts';

/** The same transport, but for what its consumers are told and, where `consumer` is given, what they can do. */
export function aroundListener(
  transport: Transport,
  listener: (inner: ConsumerListener, consumer: () => TransportConsumer) => ConsumerListener,
  consumer: (inner: TransportConsumer) => TransportConsumer = (inner) => inner,
): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createProducer: (options) => transport.createProducer(options),
    close: () => transport.close(),
    createConsumer: (options, inner) => {
      const made: TransportConsumer = transport.createConsumer(
        options,
        listener(inner, () => made),
      );
      return consumer(made);
    },
  };
}

/** The methods of a consumer as plain functions, so that some of them can be replaced. */
export function consumerMethods(consumer: TransportConsumer): TransportConsumer {
  return {
    start: () => consumer.start(),
    fetchFrom: (partition, offset) => consumer.fetchFrom(partition, offset),
    pause: (partitions) => consumer.pause(partitions),
    resume: (partitions) => consumer.resume(partitions),
    commit: (offsets) => consumer.commit(offsets),
    stop: () => consumer.stop(),
  };
}
