import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ApiRequest } from './send-request.ts';

/** LeaveGroup, version 1 (Kafka 0.11 to 4.x); its answer is an error code. */
export function leaveGroupRequest(groupId: string, memberId: string): ApiRequest<number> {
  return {
    apiKey: 13,
    apiName: 'LeaveGroup',
    apiVersion: 1,
    body: new ByteWriter().string(groupId).string(memberId).finish(),
    decode: (payload) => {
      const reader = new ByteReader(payload);
      return { throttleTimeMs: reader.int32(), value: reader.int16() };
    },
  };
}
