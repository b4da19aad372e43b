import type { Arbitrary } from 'fast-check';
import type { Fault, FaultApi, FaultKind } from '../../testing/fault.ts';
import type { FastCheckModule } from '../load-fast-check.ts';

/** What a coordinator may answer a commit with, and a client must live with. */
const COMMIT_REFUSALS = [
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
];

const PRODUCE_REFUSALS = ['NOT_ENOUGH_REPLICAS', 'NOT_LEADER_OR_FOLLOWER', 'KAFKA_STORAGE_ERROR', 'REQUEST_TIMED_OUT'];

/** What each kind of request may be refused with for a while. */
const PASSING_REFUSALS: Readonly<Partial<Record<FaultApi, readonly string[]>>> = {
  Fetch: ['NOT_LEADER_OR_FOLLOWER', 'KAFKA_STORAGE_ERROR', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ListOffsets: ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION'],
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
  JoinGroup: ['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'UNKNOWN_MEMBER_ID'],
  SyncGroup: ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'],
  Heartbeat: ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'],
  OffsetFetch: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'],
};

const ANY_API: readonly FaultApi[] = [
  'Fetch',
  'ListOffsets',
  'Metadata',
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
  'Produce',
];

export interface FaultPlaces {
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly members: readonly string[];
  readonly brokers: number;
  readonly time: 'virtual' | 'real';
}

/** What the broker may answer a dead letter with: what passes, and what never will. */
const LETTER_REFUSALS = [
  'NOT_ENOUGH_REPLICAS',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'INVALID_RECORD',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
];

/** Trouble with dead letters; their topic is filled in later. */
export function letterFaultArbitrary(fc: FastCheckModule): Arbitrary<Fault> {
  const times = fc.constantFrom(1, 1, 2, 3);
  return fc.oneof(
    fc.record({ kind: fc.constant('produce-refused' as const), code: fc.constantFrom(...LETTER_REFUSALS), times }),
    fc.record({ kind: fc.constant('produce-reply-lost' as const), times }),
  );
}

/** Faults of one kind; places are any of the given, whether the plan has them or not. */
export function faultArbitrary(fc: FastCheckModule, kind: FaultKind, places: FaultPlaces): Arbitrary<Fault> {
  const times = fc.constantFrom(1, 1, 2, 3);
  const afterEvents = fc.nat({ max: 250 });
  const api = fc.constantFrom(...ANY_API);
  const member = fc.constantFrom(...places.members);
  const topic = fc.constantFrom(...places.topics);
  const partition = fc.nat({ max: places.partitions - 1 });
  const node = fc.integer({ min: 1, max: places.brokers });
  const delayMs = fc.constantFrom(5, 20, 100, 700, 2_500);
  const troubleMs = fc.constantFrom(20, 300, 2_000, 5_000);
  switch (kind) {
    case 'commit-refused':
      return fc.record({ kind: fc.constant(kind), code: fc.constantFrom(...COMMIT_REFUSALS), times });
    case 'produce-refused':
      return fc.record({ kind: fc.constant(kind), code: fc.constantFrom(...PRODUCE_REFUSALS), times });
    case 'heartbeat-request-lost':
      // A session is six of them.
      return fc.record({ kind: fc.constant(kind), times: fc.constantFrom(1, 2, 6, 12) });
    case 'commit-request-lost':
    case 'commit-reply-lost':
    case 'fetch-request-lost':
    case 'fetch-reply-lost':
    case 'produce-reply-lost':
    case 'fetch-partial':
    case 'produce-duplicated':
    case 'stale-batch':
      return fc.record({ kind: fc.constant(kind), times });
    case 'request-lost':
    case 'reply-lost':
    case 'request-overtaken':
      return fc.record({ kind: fc.constant(kind), api, times });
    case 'connection-cut':
      return fc.record({ kind: fc.constant(kind), api, done: fc.boolean(), times });
    case 'request-delayed':
    case 'reply-delayed':
      return fc.record({ kind: fc.constant(kind), api, ms: delayMs, times });
    case 'request-refused':
      return fc
        .constantFrom(
          ...Object.entries(PASSING_REFUSALS).flatMap(([name, codes]) => codes.map((code) => ({ api: name as FaultApi, code }))),
        )
        .map((refusal) => ({ kind, ...refusal }));
    case 'broker-restarted':
      return fc.record({ kind: fc.constant(kind), node, downMs: troubleMs, afterEvents });
    case 'coordinator-moved':
      return fc.record({ kind: fc.constant(kind), loadMs: fc.constantFrom(0, 50, 1_000), afterEvents });
    case 'coordinator-loading':
      return fc.record({ kind: fc.constant(kind), ms: troubleMs, afterEvents });
    case 'leader-moved':
    case 'control-record':
      return fc.record({ kind: fc.constant(kind), topic, partition, afterEvents });
    case 'replica-lagging':
    case 'not-enough-replicas':
      return fc.record({ kind: fc.constant(kind), topic, partition, ms: troubleMs, afterEvents });
    case 'disk-full':
      return fc.record({ kind: fc.constant(kind), node, ms: troubleMs, afterEvents });
    case 'unclean-leader':
      return fc.record({ kind: fc.constant(kind), topic, partition, records: fc.integer({ min: 1, max: 4 }), afterEvents });
    case 'records-removed':
      return fc.record({ kind: fc.constant(kind), topic, partition, keep: fc.nat({ max: 3 }), afterEvents });
    case 'rebalance':
      return fc.record({ kind: fc.constant(kind), afterEvents });
    case 'topic-recreated':
      return fc.record({ kind: fc.constant(kind), topic, goneMs: fc.constantFrom(0, 50, 2_000), afterEvents });
    case 'partitions-added':
      return fc.record({ kind: fc.constant(kind), topic, partitions: fc.constantFrom(1, 2), afterEvents });
    case 'member-crashed':
      return fc.record({ kind: fc.constant(kind), member, afterEvents });
    case 'member-paused':
      return fc.record({ kind: fc.constant(kind), member, ms: fc.constantFrom(50, 1_000, 4_000, 9_000), afterEvents });
    case 'clock-jumped':
      return fc.record({ kind: fc.constant(kind), member, ms: fc.constantFrom(1, 1_000, 3_600_000), afterEvents });
    case 'handler-slow':
    case 'handler-late':
      return fc.record({
        kind: fc.constant(kind),
        ms: fc.constantFrom(1, 50, ...(places.time === 'real' ? [300] : [1_000, 9_000])),
        times,
      });
    case 'handler-hung':
    case 'handler-throws':
    case 'handler-rejects':
    case 'poison-record':
      return fc.record({ kind: fc.constant(kind), times });
  }
}
