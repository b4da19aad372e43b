import type { CheckerState } from './checker-state.ts';
import type { EventOf } from './history.ts';
import type { Holding } from './holding.ts';
import { activeHolding } from './ownership.ts';
import type { PartitionState } from './partition-state.ts';
import type { RecordState } from './record-state.ts';

/** A record that a member hands to its handler while it holds the partition. */
export interface Delivery {
  readonly partition: PartitionState;
  readonly record: RecordState;
  readonly holding: Holding;
}

/** Null where the member holds nothing, or nothing is known of the record: such a call is none of any epoch's. */
export function deliveryOf(state: CheckerState, event: EventOf<'call-started'>): Delivery | null {
  const partition = state.partition(event);
  const record = partition.byOffset.get(event.offset);
  const holding = activeHolding(partition, event.member);
  return record === undefined || holding === null ? null : { partition, record, holding };
}
