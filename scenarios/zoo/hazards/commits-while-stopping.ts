import type { Transport } from '../../../src/transport.ts';
import { aroundListener, consumerMethods } from './around-listener.ts';

/** A habit of kafkajs, seen on Kafka 4.2.1: a commit made while the consumer stops resolves, and nothing was sent. */
export function withEmptyCommitsWhileStopping(transport: Transport): Transport {
  return aroundListener(
    transport,
    (inner) => inner,
    (consumer) => {
      let stopping = false;
      return {
        ...consumerMethods(consumer),
        commit: (offsets) =>
          stopping ? Promise.resolve(offsets.map((offset) => ({ ...offset, outcome: 'acknowledged' as const }))) : consumer.commit(offsets),
        stop: () => {
          stopping = true;
          return consumer.stop();
        },
      };
    },
  );
}
