/** Words that several invariants' messages share. */
import type { PartitionState } from './partition-state.ts';
import type { RecordState } from './record-state.ts';

export function partitionName(partition: Pick<PartitionState, 'topic' | 'partition'>): string {
  return `${partition.topic}-${partition.partition}`;
}

/** `record 3 (key "k1"; its last answer was Skip)`. */
export function describeRecord(record: RecordState): string {
  const key = record.key === null ? '' : `key ${JSON.stringify(record.key.slice(0, 40))}; `;
  return `record ${record.offset}${record.tombstone ? ', a tombstone' : ''} (${key}${lastAnswer(record)})`;
}

/** `records 3, 4 and 2 more`. */
export function listOffsets(offsets: readonly number[]): string {
  const shown = offsets.slice(0, 5).join(', ');
  const rest = offsets.length > 5 ? ` and ${offsets.length - 5} more` : '';
  return `${offsets.length === 1 ? 'record' : 'records'} ${shown}${rest}`;
}

function lastAnswer(record: RecordState): string {
  switch (record.lastOutcome) {
    case null:
      return record.deliveries === 0 ? 'never handed to the handler' : 'its handler has not answered yet';
    case 'skip':
      return 'its last answer was Skip';
    case 'failed':
      return 'its handler failed';
    case 'stale':
      return 'its only answer came after the assignment had ended';
    case 'consume':
      return 'its last answer was Consume';
    case 'reject':
      return 'its last answer was Reject';
  }
}
