import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ApiRequest } from './send-request.ts';

export interface TopicAnswer {
  readonly topic: string;
  readonly topicId: string;
  readonly errorCode: number;
  readonly internal: boolean;
  readonly partitions: readonly { readonly partition: number; readonly errorCode: number; readonly leader: number }[];
}

const NO_ID = Buffer.alloc(16);

/** Metadata (key 3), version 12 (Kafka 2.8), for the topic ids that kafkajs does not ask for. Null: all topics. Creates none. */
export function metadataRequest(topics: readonly string[] | null): ApiRequest<readonly TopicAnswer[]> {
  const writer = new ByteWriter().noTaggedFields(); // the end of a flexible request's header
  if (topics === null) writer.unsignedVarint(0);
  else writer.compactArray(topics, (topic) => writer.raw(NO_ID).compactString(topic).noTaggedFields());
  writer.int8(0).int8(0).noTaggedFields(); // no creation, no authorized operations
  return { apiKey: 3, apiName: 'Metadata', apiVersion: 12, body: writer.finish(), decode };
}

export const METADATA_VERSION_WITH_TOPIC_IDS = 12;

function decode(payload: Buffer): { throttleTimeMs: number; value: readonly TopicAnswer[] } {
  const reader = new ByteReader(payload);
  reader.skipTaggedFields(); // of the header
  const throttleTimeMs = reader.int32();
  reader.compactArray(() => skipBroker(reader));
  reader.compactString(); // cluster id
  reader.int32(); // controller
  const value = reader.compactArray(() => readTopic(reader));
  return { throttleTimeMs, value };
}

function skipBroker(reader: ByteReader): void {
  reader.int32(); // node id
  reader.compactString(); // host
  reader.int32(); // port
  reader.compactString(); // rack
  reader.skipTaggedFields();
}

function readTopic(reader: ByteReader): TopicAnswer {
  const errorCode = reader.int16();
  const topic = reader.compactString() ?? '';
  const topicId = reader.uuid();
  const internal = reader.int8() !== 0;
  const partitions = reader.compactArray(() => readPartition(reader));
  reader.int32(); // authorized operations
  reader.skipTaggedFields();
  return { topic, topicId, errorCode, internal, partitions };
}

function readPartition(reader: ByteReader): { partition: number; errorCode: number; leader: number } {
  const errorCode = reader.int16();
  const partition = reader.int32();
  const leader = reader.int32();
  reader.int32(); // leader epoch
  for (let list = 0; list < 3; list += 1) reader.compactArray(() => reader.int32()); // replicas, in sync, offline
  reader.skipTaggedFields();
  return { partition, errorCode, leader };
}
