import { KafkaError } from '../errors.ts';
import type { PartitionEpoch } from '../transport.ts';

/** Why a handler's signal fired, and what a call that is too late was told. */
export function revokedError({ topic, partition }: PartitionEpoch): KafkaError {
  return new KafkaError('PARTITION_LOST', `${topic}/${partition} was revoked: another member may own it now.`);
}

/** The same, of a loss that was told only afterwards; `cause` is the transport's. */
export function lostError({ topic, partition }: PartitionEpoch, cause: KafkaError | null): KafkaError {
  return new KafkaError(
    'PARTITION_LOST',
    `${topic}/${partition} was lost: another member may own it now.`,
    cause === null ? {} : { cause },
  );
}
