/** Which function answers which request. `respond` is called once, now or later; with null where there is no answer. */
import type { Caller, ClusterState } from './cluster-state.ts';
import { createPartitions } from './create-partitions.ts';
import { createTopics } from './create-topics.ts';
import { deleteGroups } from './delete-groups.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopics } from './delete-topics.ts';
import { describeConfigs } from './describe-configs.ts';
import { describeGroups } from './describe-groups.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { heartbeat } from './heartbeat.ts';
import { initProducerId } from './init-producer-id.ts';
import { joinGroup } from './join-group.ts';
import { leaveGroup } from './leave-group.ts';
import { listOffsets } from './list-offsets.ts';
import { metadata } from './metadata.ts';
import { offsetCommit } from './offset-commit.ts';
import { offsetFetch } from './offset-fetch.ts';
import { produce } from './produce.ts';
import type { Request, Response } from './protocol.ts';
import { syncGroup } from './sync-group.ts';

export function handleRequest(state: ClusterState, caller: Caller, request: Request, respond: (response: Response | null) => void): void {
  switch (request.api) {
    case 'Produce':
      return produce(state, caller, request, (response) => respond(request.acks === 0 ? null : { api: 'Produce', ...response }));
    case 'InitProducerId':
      return respond({ api: 'InitProducerId', ...initProducerId(state) });
    case 'Fetch':
      return fetch(state, caller, request, (response) => respond({ api: 'Fetch', ...response }));
    case 'ListOffsets':
      return respond({ api: 'ListOffsets', ...listOffsets(state, caller, request) });
    case 'Metadata':
      return respond({ api: 'Metadata', ...metadata(state, request) });
    case 'FindCoordinator':
      return respond({ api: 'FindCoordinator', ...findCoordinator(state, request) });
    case 'JoinGroup':
      return joinGroup(state, caller, request, (response) => respond({ api: 'JoinGroup', ...response }));
    case 'SyncGroup':
      return syncGroup(state, caller, request, (response) => respond({ api: 'SyncGroup', ...response }));
    case 'Heartbeat':
      return respond({ api: 'Heartbeat', ...heartbeat(state, caller, request) });
    case 'LeaveGroup':
      return respond({ api: 'LeaveGroup', ...leaveGroup(state, caller, request) });
    case 'DescribeGroups':
      return respond({ api: 'DescribeGroups', ...describeGroups(state, caller, request) });
    case 'DeleteGroups':
      return respond({ api: 'DeleteGroups', ...deleteGroups(state, caller, request) });
    case 'OffsetCommit':
      return respond({ api: 'OffsetCommit', ...offsetCommit(state, caller, request) });
    case 'OffsetFetch':
      return respond({ api: 'OffsetFetch', ...offsetFetch(state, caller, request) });
    case 'CreateTopics':
      return respond({ api: 'CreateTopics', ...createTopics(state, request) });
    case 'DeleteTopics':
      return respond({ api: 'DeleteTopics', ...deleteTopics(state, request) });
    case 'CreatePartitions':
      return respond({ api: 'CreatePartitions', ...createPartitions(state, request) });
    case 'DescribeConfigs':
      return respond({ api: 'DescribeConfigs', ...describeConfigs(state, request) });
    case 'DeleteRecords':
      return respond({ api: 'DeleteRecords', ...deleteRecords(state, caller, request) });
  }
}
