/**
 * OffsetFetch. A group or partition without a stored offset has −1 and no error. Source: OffsetMetadataManager.fetchOffsets.
 * Not modelled: offsets of open transactions (UNSTABLE_OFFSET_COMMIT).
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { StoredOffset } from './group-offsets.ts';
import type { OffsetFetchRequest, OffsetFetchResponse } from './protocol-offsets.ts';
import { coordinatorProblem } from './routing.ts';

export function offsetFetch(state: ClusterState, caller: Caller, request: OffsetFetchRequest): OffsetFetchResponse {
  const astray = coordinatorProblem(state, caller, request.groupId);
  if (astray !== null) return { errorCode: astray, partitions: [] };
  const offsets = state.groups.get(request.groupId)?.offsets;
  const wanted = request.partitions ?? [...(offsets?.entries() ?? [])];
  return {
    errorCode: 'NONE',
    partitions: wanted.map(({ topic, partition }) => answer(topic, partition, offsets?.get(topic, partition) ?? null)),
  };
}

function answer(topic: string, partition: number, stored: StoredOffset | null): OffsetFetchResponse['partitions'][number] {
  return {
    topic,
    partition,
    errorCode: 'NONE',
    committedOffset: stored?.offset ?? -1,
    committedLeaderEpoch: stored?.leaderEpoch ?? -1,
    metadata: stored?.metadata ?? '',
  };
}
