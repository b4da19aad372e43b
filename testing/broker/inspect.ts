/** Makes the views that witnesses get. */
import type { ClusterState } from './cluster-state.ts';
import { findPartition } from './cluster-state.ts';
import { decodeSubscription } from './consumer-protocol.ts';
import { memberMetadata } from './group-member.ts';
import type { PartitionLog } from './partition-log.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { CommittedOffsetView, GroupView, LogView } from './views.ts';

export function logView(state: ClusterState, topic: string, partition: number): LogView | null {
  const found = findPartition(state, topic, partition);
  if (found === null) return null;
  const { log, leader } = found.partition;
  const { logStartOffset, highWatermark, logEndOffset } = log;
  return {
    topicId: found.topic.topicId,
    leader,
    logStartOffset,
    highWatermark,
    logEndOffset,
    batches: (fromOffset = logStartOffset) => log.batches(fromOffset),
    records: (fromOffset = logStartOffset) => recordsOf(log, fromOffset),
  };
}

export function committedOffsetView(state: ClusterState, groupId: string, topic: string, partition: number): CommittedOffsetView | null {
  return state.groups.get(groupId)?.offsets.get(topic, partition) ?? null;
}

export function groupView(state: ClusterState, groupId: string): GroupView | null {
  const group = state.groups.get(groupId);
  if (group === undefined) return null;
  return {
    groupId,
    state: group.state,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leader,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      subscribedTopics: decodeSubscription(memberMetadata(member, group.protocolName)),
      assignment: member.assignment,
    })),
  };
}

function* recordsOf(log: PartitionLog, fromOffset: number): Generator<KafkaRecord> {
  const first = Math.max(fromOffset, log.logStartOffset);
  for (const batch of log.batches(first)) for (const record of batch.records) if (record.offset >= first) yield record;
}
