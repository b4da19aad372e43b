import type { Clock, Timer } from '../../../src/clock.ts';
import type { ConsumerListener, PartitionEpoch, Transport } from '../../../src/transport.ts';
import { aroundListener, consumerMethods } from './around-listener.ts';

/** A client that commits by itself what it has handed over, every `everyMs`, although nobody asked it to. */
export function withAutomaticCommits(transport: Transport, clock: Clock, everyMs: number): Transport {
  const positions = new Map<string, PartitionEpoch & { readonly offset: number }>();
  let timer: Timer | null = null;
  return aroundListener(
    transport,
    (inner, consumer): ConsumerListener => {
      const forget = (partitions: readonly PartitionEpoch[]): void => {
        for (const { topic, partition } of partitions) positions.delete(`${topic}-${partition}`);
      };
      const tick = (): void => {
        timer = clock.setTimer(everyMs, () => {
          if (positions.size > 0) void consumer().commit([...positions.values()].map((position) => ({ ...position, metadata: null })));
          positions.clear();
          tick();
        });
      };
      tick();
      return {
        ...inner,
        revoked: (partitions, options) => {
          forget(partitions);
          return inner.revoked(partitions, options);
        },
        lost: (partitions, cause) => {
          forget(partitions);
          inner.lost(partitions, cause);
        },
        batch: (batch) => {
          const answer = inner.batch(batch);
          const { topic, partition, epoch, nextOffset } = batch;
          if (answer === 'accepted') positions.set(`${topic}-${partition}`, { topic, partition, epoch, offset: nextOffset });
          return answer;
        },
      };
    },
    (consumer) => ({
      ...consumerMethods(consumer),
      stop: () => {
        timer?.cancel();
        return consumer.stop();
      },
    }),
  );
}
