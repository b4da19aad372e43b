import type { BrokerErrorCode } from '../broker/error-code.ts';
import { NO_BYTES } from '../broker/group-member.ts';
import type { Request, Response } from '../broker/protocol.ts';
import type { FaultApi } from '../fault.ts';

/** The answer of a broker that did nothing but refuse, with the code where that kind of answer has it. */
export function refusalOf(request: Request<FaultApi>, errorCode: BrokerErrorCode): Response {
  switch (request.api) {
    case 'Produce': {
      const nowhere = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
      return {
        api: 'Produce',
        partitions: request.partitions.map(({ topic, partition }) => ({ topic, partition, errorCode, ...nowhere })),
      };
    }
    case 'Fetch': {
      const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, batches: [] };
      return { api: 'Fetch', partitions: request.partitions.map(({ topic, partition }) => ({ topic, partition, errorCode, ...nothing })) };
    }
    case 'ListOffsets':
      return {
        api: 'ListOffsets',
        partitions: request.partitions.map(({ topic, partition }) => ({ topic, partition, errorCode, offset: -1, timestamp: -1 })),
      };
    case 'OffsetCommit':
      return { api: 'OffsetCommit', partitions: request.partitions.map(({ topic, partition }) => ({ topic, partition, errorCode })) };
    case 'OffsetFetch':
      return { api: 'OffsetFetch', errorCode, partitions: [] };
    case 'Metadata': {
      const topics = (request.topics ?? []).map((name) => ({ errorCode, name, topicId: null, partitions: [] }));
      return { api: 'Metadata', clusterId: '', controllerId: -1, brokers: [], topics };
    }
    case 'FindCoordinator':
      return { api: 'FindCoordinator', errorCode, nodeId: -1 };
    case 'JoinGroup':
      return {
        api: 'JoinGroup',
        errorCode,
        generationId: -1,
        protocolType: null,
        protocolName: null,
        leader: '',
        skipAssignment: false,
        memberId: request.memberId,
        members: [],
      };
    case 'SyncGroup':
      return { api: 'SyncGroup', errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES };
    case 'Heartbeat':
      return { api: 'Heartbeat', errorCode };
    case 'LeaveGroup':
      return { api: 'LeaveGroup', errorCode, members: [] };
  }
}
