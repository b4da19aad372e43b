import type { ConsumerHealth, PartitionHealth } from '../consumer/health.ts';
import type { ManagerHealth } from '../manager-options.ts';
import { placeOf, verdictOf } from './verdict.ts';
import type { HealthVerdict } from './verdict.ts';

/**
 * Whether this process does its share: it has joined its group, with partitions or rightly without (there may be more members
 * than partitions; a manager that only produces, or is disabled, has nothing to join), and nothing that it holds stands still
 * until somebody decides. Not ready is a call for an operator or the time of a start, a stop or a rollout; it is no reason to restart.
 */
export function readiness(health: ManagerHealth): HealthVerdict {
  switch (health.state) {
    case 'disabled':
      return verdictOf([]);
    case 'failed':
      return verdictOf([`the manager has failed: ${health.failure?.code ?? 'for an unknown reason'}`]);
    case 'running':
      return verdictOf(health.consumer === null ? [] : reasonsOf(health.consumer));
    default:
      return verdictOf([`the manager is ${health.state}`]);
  }
}

function reasonsOf(consumer: ConsumerHealth): readonly string[] {
  if (consumer.state === 'failed') return [`the consumer has failed: ${consumer.failure?.code ?? 'for an unknown reason'}`];
  if (consumer.state !== 'running') return [`the consumer is ${consumer.state}`];
  if (consumer.generation === null) return ['the group is not joined'];
  return consumer.partitions.flatMap(reasonsOfPartition);
}

function reasonsOfPartition(partition: PartitionHealth): readonly string[] {
  const place = placeOf(partition);
  const reasons: string[] = [];
  if (partition.phase === 'halted') reasons.push(`${place} is halted: ${partition.halted?.code ?? 'for an unknown reason'}`);
  for (const { offset, error } of partition.haltedLanes)
    reasons.push(`${place}/${offset} holds its lane until somebody decides: ${error.code}`);
  if (isOvertaken(partition))
    reasons.push(`${place}/${partition.committable} is tried again and again, and retention may have taken it from the log`);
  return reasons;
}

/** Old records that go through at the first attempt, as in a replay, are no trouble; those that are held are lost with this process. */
function isOvertaken({ retentionHeadroomMs, blocked }: PartitionHealth): boolean {
  return retentionHeadroomMs !== null && retentionHeadroomMs <= 0 && blocked !== null && blocked.attempt > 1;
}
