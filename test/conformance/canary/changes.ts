/** The commonest ways to be wrong, for the lists of defects. */
import type { KafkaRecord } from '../../../src/record.ts';
import type {
  AssignedPartition,
  Assignment,
  ProduceBatch,
  TopicPartition,
  TransportBatch,
  TransportConsumer,
} from '../../../src/transport.ts';
import type { Defect } from './defect.ts';

export function eachRecord(change: (record: KafkaRecord) => KafkaRecord): NonNullable<Defect['listener']> {
  return (good) => ({ batch: (batch) => good.batch({ ...batch, records: batch.records.map(change) }) });
}

export function eachBatch(change: (batch: TransportBatch) => TransportBatch): NonNullable<Defect['listener']> {
  return (good) => ({ batch: (batch) => good.batch(change(batch)) });
}

export function eachAssigned(change: (partition: AssignedPartition) => AssignedPartition): NonNullable<Defect['listener']> {
  return (good) => ({
    assigned: (assignment: Assignment) => good.assigned({ ...assignment, partitions: assignment.partitions.map(change) }),
  });
}

export function eachProduced(change: (batch: ProduceBatch) => ProduceBatch): NonNullable<Defect['producer']> {
  return (good) => ({ produce: (batches) => good.produce(batches.map(change)) });
}

export const acknowledgeAll: TransportConsumer['commit'] = (offsets) =>
  Promise.resolve(offsets.map((each) => ({ ...each, outcome: 'acknowledged' })));
export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
