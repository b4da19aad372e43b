/**
 * OffsetCommit. Checks in Kafka's order: each partition exists; coordinator; the group's checks on generation and member;
 * each partition's metadata. No check of who owns a partition, and none that an offset does not go back.
 * Source: KafkaApis.handleOffsetCommitRequest, OffsetMetadataManager.validateOffsetCommit and commitOffset,
 * ClassicGroup.validateOffsetCommit.
 * Not modelled: retention time of a request (v2 to v4), v9's GROUP_ID_NOT_FOUND for an unknown group with a generation.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import { findPartition } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { Group } from './group.ts';
import { restartSession } from './group-rebalance.ts';
import { scheduleOffsetExpiry } from './offset-expiry.ts';
import type { OffsetCommitRequest, OffsetCommitResponse } from './protocol-offsets.ts';
import { coordinatorProblem } from './routing.ts';

type Commit = OffsetCommitRequest['partitions'][number];

export function offsetCommit(state: ClusterState, caller: Caller, request: OffsetCommitRequest): OffsetCommitResponse {
  const exists = request.partitions.map(({ topic, partition }) => findPartition(state, topic, partition) !== null);
  const group = exists.includes(true) ? groupToCommitTo(state, caller, request) : null;
  return {
    partitions: request.partitions.map((commit, index) => {
      const errorCode =
        exists[index] === true && group !== null
          ? typeof group === 'string'
            ? group
            : store(state, group, commit)
          : 'UNKNOWN_TOPIC_OR_PARTITION';
      return { topic: commit.topic, partition: commit.partition, errorCode };
    }),
  };
}

function groupToCommitTo(state: ClusterState, caller: Caller, request: OffsetCommitRequest): Group | BrokerErrorCode {
  const astray = coordinatorProblem(state, caller, request.groupId);
  if (astray !== null) return astray;
  let group = state.groups.get(request.groupId);
  if (group === undefined) {
    if (request.generationId >= 0) return 'ILLEGAL_GENERATION';
    // A group of a "simple consumer": it stores offsets and has no protocol type.
    group = new Group(request.groupId, state.nowMs);
    state.groups.set(request.groupId, group);
    scheduleOffsetExpiry(state, group);
  }
  const problem = commitProblem(group, request);
  if (problem !== null) return problem;
  const member = group.members.get(request.memberId);
  if (member !== undefined && (group.state === 'Stable' || group.state === 'PreparingRebalance')) restartSession(state, group, member);
  return group;
}

/** A commit after the transaction's coordinator exists skips the last check and the one of a bare request. */
function commitProblem(group: Group, { generationId, memberId, groupInstanceId }: OffsetCommitRequest): BrokerErrorCode | null {
  if (generationId < 0 && group.state === 'Empty') return null;
  if (generationId >= 0 || memberId !== '' || groupInstanceId !== null) {
    const problem = group.memberProblem(memberId, groupInstanceId);
    if (problem !== null) return problem;
    if (generationId !== group.generationId) return 'ILLEGAL_GENERATION';
  } else if (group.state !== 'Empty') {
    return 'UNKNOWN_MEMBER_ID';
  }
  return group.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : null;
}

/** Kafka compares `String.length`, so UTF-16 code units, and stores no null. */
function store(state: ClusterState, group: Group, commit: Commit): BrokerErrorCode {
  const metadata = commit.metadata ?? '';
  if (metadata.length > state.config.offsetMetadataMaxBytes) return 'OFFSET_METADATA_TOO_LARGE';
  group.offsets.set(commit.topic, commit.partition, {
    offset: commit.committedOffset,
    leaderEpoch: commit.committedLeaderEpoch,
    metadata,
    commitTimestampMs: state.nowMs,
  });
  if (group.offsetsTimer === null) scheduleOffsetExpiry(state, group);
  return 'NONE';
}
