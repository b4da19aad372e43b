import type { ConsumerHealth, PartitionHealth } from '../../src/consumer/health.ts';
import type { ManagerHealth } from '../../src/manager-options.ts';

const PARTITION = {
  topic: 'orders',
  partition: 0,
  epoch: 1,
  phase: 'active',
  position: 10,
  committable: 10,
  committed: 10,
  highWatermark: 10,
  lastStableOffset: 10,
  lag: 0,
  retentionHeadroomMs: null,
  retentionBySize: null,
  open: 0,
  queued: 0,
  paused: false,
  pausedByHand: false,
  callRunning: false,
  blocked: null,
  running: 0,
  retrying: 0,
  haltedLanes: [],
  overlaps: 0,
  halted: null,
};

export function toldPartition(differing: object = {}): PartitionHealth {
  return { ...PARTITION, ...differing } as PartitionHealth;
}

export function toldConsumer(differing: object = {}): ConsumerHealth {
  const consumer = {
    state: 'running',
    groupId: 'g',
    memberId: 'm',
    generation: 3,
    partitions: [toldPartition()],
    failure: null,
    sessionTimeoutMs: 6_000,
    fetchTurnedAt: 1_000_000,
  };
  return { ...consumer, ...differing } as ConsumerHealth;
}

/** A manager that is well, but for what differs. */
export function toldHealth(differing: object = {}): ManagerHealth {
  return { state: 'running', topics: ['orders'], consumer: toldConsumer(), failure: null, ...differing };
}
