/**
 * A client with a buffer: what it had fetched last of a partition is handed over once more, after the partition was taken
 * away and the consumer was told. Only what lies at or above the records that it had handed over then.
 */
import type { ConsumerListener, PartitionEpoch, Transport, TransportBatch } from '../../../src/transport.ts';
import { aroundListener } from './around-listener.ts';

export function withTrailingBatches(transport: Transport): Transport {
  return aroundListener(transport, trailing);
}

function trailing(inner: ConsumerListener): ConsumerListener {
  const last = new Map<string, TransportBatch>();
  const handOver = (partitions: readonly PartitionEpoch[]): void => {
    for (const { topic, partition } of partitions) {
      const batch = last.get(`${topic}-${partition}`);
      last.delete(`${topic}-${partition}`);
      if (batch !== undefined) inner.batch(batch);
    }
  };
  return {
    ...inner,
    revoked: async (partitions, options) => {
      await inner.revoked(partitions, options);
      handOver(partitions);
    },
    lost: (partitions, cause) => {
      inner.lost(partitions, cause);
      handOver(partitions);
    },
    batch: (batch) => {
      last.set(`${batch.topic}-${batch.partition}`, batch);
      return inner.batch(batch);
    },
  };
}
