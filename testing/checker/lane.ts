import type { Ordering } from './promises.ts';

/**
 * The lane of a record within its partition: the records that wait for each other. In partition order the partition is one,
 * in key order the records with the same key are; a record without a key is one by itself, and so is each without an order.
 */
export function laneOf(ordering: Ordering, record: { readonly offset: number; readonly key: string | null }): string {
  if (ordering === 'partition') return '';
  return ordering === 'key' && record.key !== null ? `key ${record.key}` : `at ${record.offset}`;
}
