/**
 * The broker core's typed requests as bytes of Kafka's protocol and back, as far as the comparison with a real broker
 * needs it: one older version of each request without tagged fields. What that version does not carry is left out.
 */
import { BROKER_ERROR_CODES } from '../../testing/broker/error-code.ts';
import type { Api, Apis } from '../../testing/broker/protocol.ts';
import { decodeBatches, encodeBatch } from '../../testing/kafka/witness/record-batch.ts';
import type { WireReader } from '../../testing/kafka/wire/wire-reader.ts';
import type { WireWriter } from '../../testing/kafka/wire/wire-writer.ts';

interface Codec<A extends Api> {
  readonly key: number;
  readonly version: (request: Apis[A]['request']) => number;
  readonly write: (writer: WireWriter, request: Apis[A]['request']) => void;
  readonly read: (reader: WireReader, request: Apis[A]['request']) => unknown;
}

const TIMEOUT_MS = 10_000;
const NAMES = new Map(Object.entries(BROKER_ERROR_CODES).map(([name, code]) => [code as number, name]));

export const CODECS: { readonly [A in Api]: Codec<A> } = {
  Produce: {
    key: 0,
    version: () => 7,
    write(writer, { acks, partitions }) {
      writer.string(null).int16(acks).int32(TIMEOUT_MS);
      nest(writer, partitions, ({ partition, records }) => writer.int32(partition).bytes(encodeBatch(records)));
    },
    read: (reader) => ({
      partitions: flatten(reader, (topic) => ({
        topic,
        partition: reader.int32(),
        errorCode: error(reader),
        baseOffset: reader.int64(),
        logAppendTimeMs: reader.int64(),
        logStartOffset: reader.int64(),
      })),
    }),
  },
  Fetch: {
    key: 1,
    version: () => 11,
    write(writer, { maxWaitMs, minBytes, maxBytes, isolationLevel, partitions }) {
      writer
        .int32(-1)
        .int32(maxWaitMs)
        .int32(minBytes)
        .int32(maxBytes)
        .int8(isolationLevel === 'read_committed' ? 1 : 0)
        .int32(0)
        .int32(-1);
      nest(writer, partitions, ({ partition, fetchOffset, partitionMaxBytes }) =>
        writer.int32(partition).int32(-1).int64(fetchOffset).int64(-1).int32(partitionMaxBytes),
      );
      writer.int32(0).string('');
    },
    read(reader) {
      reader.int32();
      reader.int16();
      reader.int32();
      return {
        partitions: flatten(reader, (topic) => {
          const head = {
            topic,
            partition: reader.int32(),
            errorCode: error(reader),
            highWatermark: reader.int64(),
            lastStableOffset: reader.int64(),
            logStartOffset: reader.int64(),
          };
          reader.array(() => [reader.int64(), reader.int64()]);
          reader.int32();
          return { ...head, batches: decodeBatches(reader.bytes() ?? Buffer.alloc(0)) };
        }),
      };
    },
  },
  ListOffsets: {
    key: 2,
    version: () => 5,
    write(writer, { isolationLevel, partitions }) {
      writer.int32(-1).int8(isolationLevel === 'read_committed' ? 1 : 0);
      nest(writer, partitions, ({ partition, timestamp }) => writer.int32(partition).int32(-1).int64(timestamp));
    },
    read(reader) {
      reader.int32();
      return {
        partitions: flatten(reader, (topic) => {
          const answer = { topic, partition: reader.int32(), errorCode: error(reader), timestamp: reader.int64(), offset: reader.int64() };
          reader.int32();
          return answer;
        }),
      };
    },
  },
  Metadata: {
    key: 3,
    version: () => 7,
    write(writer, { topics }) {
      list(writer, topics, (topic) => writer.string(topic)).int8(0);
    },
    read(reader) {
      reader.int32();
      const brokers = reader.array(() => {
        const nodeId = reader.int32();
        reader.string();
        reader.int32();
        reader.string();
        return { nodeId };
      });
      reader.string();
      reader.int32();
      const ids = (): number[] => reader.array(() => reader.int32());
      const topics = reader.array(() => {
        const head = { errorCode: error(reader), name: reader.string() };
        reader.int8();
        const partitions = reader.array(() => {
          const partition = {
            errorCode: error(reader),
            partition: reader.int32(),
            leader: reader.int32(),
            leaderEpoch: reader.int32(),
            replicas: ids(),
            inSyncReplicas: ids(),
          };
          ids();
          return partition;
        });
        return { ...head, partitions };
      });
      return { brokers, topics };
    },
  },
  FindCoordinator: {
    key: 10,
    version: () => 2,
    write: (writer, { key }) => writer.string(key).int8(0),
    read(reader) {
      reader.int32();
      const errorCode = error(reader);
      reader.string();
      return { errorCode, nodeId: reader.int32() };
    },
  },
  JoinGroup: {
    key: 11,
    version: ({ requireKnownMemberId }) => (requireKnownMemberId === false ? 3 : 5),
    write(writer, request) {
      writer.string(request.groupId).int32(request.sessionTimeoutMs).int32(request.rebalanceTimeoutMs).string(request.memberId);
      if (request.requireKnownMemberId !== false) writer.string(request.groupInstanceId);
      writer.string(request.protocolType);
      list(writer, request.protocols, ({ name, metadata }) => writer.string(name).bytes(metadata));
    },
    read(reader, { requireKnownMemberId }) {
      reader.int32();
      const head = {
        errorCode: error(reader),
        generationId: reader.int32(),
        protocolName: reader.string(),
        leader: reader.string(),
        memberId: reader.string(),
      };
      const members = reader.array(() => ({
        memberId: reader.string(),
        groupInstanceId: requireKnownMemberId === false ? null : reader.string(),
        metadata: reader.bytes(),
      }));
      return { ...head, members };
    },
  },
  SyncGroup: {
    key: 14,
    version: () => 3,
    write(writer, request) {
      writer.string(request.groupId).int32(request.generationId).string(request.memberId).string(request.groupInstanceId);
      list(writer, request.assignments, ({ memberId, assignment }) => writer.string(memberId).bytes(assignment));
    },
    read(reader) {
      reader.int32();
      return { errorCode: error(reader), assignment: reader.bytes() };
    },
  },
  InitProducerId: {
    key: 22,
    version: () => 1,
    write: (writer) => writer.string(null).int32(TIMEOUT_MS),
    read(reader) {
      reader.int32();
      return { errorCode: error(reader), producerId: reader.int64(), producerEpoch: reader.int16() };
    },
  },
  Heartbeat: {
    key: 12,
    version: () => 3,
    write: (writer, request) =>
      writer.string(request.groupId).int32(request.generationId).string(request.memberId).string(request.groupInstanceId),
    read(reader) {
      reader.int32();
      return { errorCode: error(reader) };
    },
  },
  LeaveGroup: {
    key: 13,
    version: () => 3,
    write(writer, request) {
      writer.string(request.groupId);
      list(writer, request.members, ({ memberId, groupInstanceId }) => writer.string(memberId).string(groupInstanceId));
    },
    read(reader) {
      reader.int32();
      return {
        errorCode: error(reader),
        members: reader.array(() => ({ memberId: reader.string(), groupInstanceId: reader.string(), errorCode: error(reader) })),
      };
    },
  },
  DescribeGroups: {
    key: 15,
    version: () => 4,
    write: (writer, { groups }) => list(writer, groups, (group) => writer.string(group)).int8(0),
    read(reader) {
      reader.int32();
      return {
        groups: reader.array(() => {
          const head = {
            errorCode: error(reader),
            groupId: reader.string(),
            groupState: reader.string(),
            protocolType: reader.string(),
            protocolData: reader.string(),
          };
          const members = reader.array(() => {
            const member = { memberId: reader.string(), groupInstanceId: reader.string(), clientId: reader.string() };
            reader.string();
            return { ...member, memberMetadata: reader.bytes(), memberAssignment: reader.bytes() };
          });
          reader.int32();
          return { ...head, members };
        }),
      };
    },
  },
  DeleteGroups: {
    key: 42,
    version: () => 1,
    write: (writer, { groups }) => list(writer, groups, (group) => writer.string(group)),
    read(reader) {
      reader.int32();
      return { results: reader.array(() => ({ groupId: reader.string(), errorCode: error(reader) })) };
    },
  },
  OffsetCommit: {
    key: 8,
    version: () => 7,
    write(writer, { groupId, generationId, memberId, groupInstanceId, partitions }) {
      writer.string(groupId).int32(generationId).string(memberId).string(groupInstanceId);
      nest(writer, partitions, ({ partition, committedOffset, committedLeaderEpoch, metadata }) =>
        writer.int32(partition).int64(committedOffset).int32(committedLeaderEpoch).string(metadata),
      );
    },
    read(reader) {
      reader.int32();
      return { partitions: flatten(reader, (topic) => ({ topic, partition: reader.int32(), errorCode: error(reader) })) };
    },
  },
  OffsetFetch: {
    key: 9,
    version: () => 5,
    write(writer, { groupId, partitions }) {
      writer.string(groupId);
      if (partitions === null) writer.int32(-1);
      else nestIds(writer, partitions);
    },
    read(reader) {
      reader.int32();
      const partitions = flatten(reader, (topic) => ({
        topic,
        partition: reader.int32(),
        committedOffset: reader.int64(),
        committedLeaderEpoch: reader.int32(),
        metadata: reader.string(),
        errorCode: error(reader),
      }));
      return { partitions, errorCode: error(reader) };
    },
  },
  CreateTopics: {
    key: 19,
    version: () => 4,
    write(writer, { topics }) {
      list(writer, topics, ({ name, numPartitions, replicationFactor, assignments, configs }) => {
        writer.string(name).int32(numPartitions).int16(replicationFactor);
        list(writer, [...(assignments ?? []).entries()], ([partition, nodeIds]) =>
          list(writer.int32(partition), nodeIds, (nodeId) => writer.int32(nodeId)),
        );
        list(writer, Object.entries(configs), ([key, value]) => writer.string(key).string(value));
      });
      writer.int32(TIMEOUT_MS).int8(0);
    },
    read(reader) {
      reader.int32();
      return { topics: reader.array(() => ({ name: reader.string(), errorCode: error(reader), errorMessage: reader.string() })) };
    },
  },
  DeleteTopics: {
    key: 20,
    version: () => 3,
    write: (writer, { topics }) => list(writer, topics, (topic) => writer.string(topic)).int32(TIMEOUT_MS),
    read(reader) {
      reader.int32();
      return { topics: reader.array(() => ({ name: reader.string(), errorCode: error(reader) })) };
    },
  },
  CreatePartitions: {
    key: 37,
    version: () => 1,
    write(writer, { topics }) {
      list(writer, topics, ({ name, count, assignments }) => {
        writer.string(name).int32(count);
        list(writer, assignments, (nodeIds) => list(writer, nodeIds, (nodeId) => writer.int32(nodeId)));
      });
      writer.int32(TIMEOUT_MS).int8(0);
    },
    read(reader) {
      reader.int32();
      return { results: reader.array(() => ({ name: reader.string(), errorCode: error(reader), errorMessage: reader.string() })) };
    },
  },
  DescribeConfigs: {
    key: 32,
    version: () => 1,
    write(writer, { topics }) {
      list(writer, topics, ({ name, configNames }) => {
        writer.int8(2).string(name);
        list(writer, configNames, (each) => writer.string(each));
      });
      writer.int8(0);
    },
    read(reader) {
      reader.int32();
      return {
        topics: reader.array(() => {
          const [errorCode, errorMessage] = [error(reader), reader.string()];
          reader.int8();
          const name = reader.string();
          const configs = reader.array(() => {
            const config = { name: reader.string(), value: reader.string() };
            reader.int8(); // read-only
            reader.int8(); // source
            reader.int8(); // sensitive
            reader.array(() => [reader.string(), reader.string(), reader.int8()]); // synonyms
            return config;
          });
          return { name, errorCode, errorMessage, configs };
        }),
      };
    },
  },
  DeleteRecords: {
    key: 21,
    version: () => 1,
    write(writer, { partitions }) {
      nest(writer, partitions, ({ partition, offset }) => writer.int32(partition).int64(offset));
      writer.int32(TIMEOUT_MS);
    },
    read(reader) {
      reader.int32();
      return {
        partitions: flatten(reader, (topic) => ({
          topic,
          partition: reader.int32(),
          lowWatermark: reader.int64(),
          errorCode: error(reader),
        })),
      };
    },
  },
};

function error(reader: WireReader): string {
  const code = reader.int16();
  return NAMES.get(code) ?? `code ${code}`;
}

function list<Item>(writer: WireWriter, items: readonly Item[] | null, write: (item: Item) => void): WireWriter {
  if (items === null) return writer.int32(-1);
  writer.int32(items.length);
  for (const item of items) write(item);
  return writer;
}

/** Partitions under their topics, as the wire has them. */
function nest<Item extends { readonly topic: string }>(writer: WireWriter, items: readonly Item[], write: (item: Item) => void): void {
  const topics = [...new Set(items.map(({ topic }) => topic))];
  list(writer, topics, (topic) => {
    writer.string(topic);
    list(
      writer,
      items.filter((item) => item.topic === topic),
      write,
    );
  });
}

function nestIds(writer: WireWriter, items: readonly { readonly topic: string; readonly partition: number }[]): void {
  nest(writer, items, ({ partition }) => writer.int32(partition));
}

function flatten<Item>(reader: WireReader, read: (topic: string | null) => Item): Item[] {
  return reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => read(topic));
    })
    .flat();
}
