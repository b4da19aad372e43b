import type {
  CommittedOffset,
  GroupDescription,
  NewTopic,
  OffsetSpec,
  TopicConfigs,
  TopicDescription,
  TransportAdmin,
} from '../../src/admin.ts';
import { KafkaError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { TopicPartition } from '../../src/transport.ts';
import { decodeAssignment } from '../broker/consumer-protocol.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../broker/protocol-data.ts';
import type { TopicMetadata } from '../broker/protocol-data.ts';
import type { Api, NodeId, Response } from '../broker/protocol.ts';
import { placeName, unknownTopics } from './client.ts';
import type { RequestBody } from './request-body.ts';

/** How the admin reaches the brokers: through a member's connections, or the venue's own in no time. */
export interface AdminRoute {
  readonly nodeIds: readonly NodeId[];
  /** A broker for what every one can answer. */
  readonly anyNode: () => NodeId;
  ask<A extends Api>(nodeId: NodeId, body: RequestBody<A>): Promise<Response<A>>;
}

const CODE_OF: Readonly<Record<string, ErrorCode>> = {
  TOPIC_ALREADY_EXISTS: 'TOPIC_ALREADY_EXISTS',
  UNKNOWN_TOPIC_OR_PARTITION: 'UNKNOWN_TOPIC',
  NON_EMPTY_GROUP: 'GROUP_NOT_EMPTY',
  OFFSET_OUT_OF_RANGE: 'OFFSET_OUT_OF_RANGE',
  INVALID_TOPIC_EXCEPTION: 'CONFIG_INVALID',
  INVALID_PARTITIONS: 'CONFIG_INVALID',
  INVALID_REPLICATION_FACTOR: 'CONFIG_INVALID',
  INVALID_REPLICA_ASSIGNMENT: 'CONFIG_INVALID',
  INVALID_CONFIG: 'CONFIG_INVALID',
};

/** The admin contract in Kafka's requests. */
export class MemoryAdmin implements TransportAdmin {
  readonly #route: AdminRoute;

  constructor(route: AdminRoute) {
    this.#route = route;
  }

  async describeTopics(topics?: readonly string[]): Promise<readonly TopicDescription[]> {
    const described = await this.#metadata(topics ?? null);
    return described.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partition, leader }) => ({ partition, leader: leader < 0 ? null : leader })),
    }));
  }

  async describeTopicConfigs(topics: readonly string[], names: readonly string[]): Promise<readonly TopicConfigs[]> {
    const asked = topics.map((name) => ({ name, configNames: names }));
    const { topics: described } = await this.#ask({ api: 'DescribeConfigs', topics: asked });
    const unknown = described.filter(({ errorCode }) => errorCode === 'UNKNOWN_TOPIC_OR_PARTITION').map(({ name }) => name);
    if (unknown.length > 0) throw unknownTopics(unknown);
    return described.map(({ name, errorCode, errorMessage, configs }) => {
      refuse(errorCode, `The configuration of topic ${name} was not read`, errorMessage);
      return { name, configs: Object.fromEntries(configs.map((config) => [config.name, config.value])) };
    });
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    const wanted = topics.map((topic) => ({
      name: topic.name,
      numPartitions: topic.leaders === undefined ? topic.partitions : -1,
      replicationFactor: topic.leaders === undefined ? (topic.replicationFactor ?? 1) : -1,
      assignments: topic.leaders === undefined ? null : this.#replicasOf(topic, topic.leaders),
      configs: topic.configs ?? {},
    }));
    const { topics: results } = await this.#ask({ api: 'CreateTopics', topics: wanted });
    for (const { name, errorCode, errorMessage } of results) refuse(errorCode, `Topic ${name} was not created`, errorMessage);
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    const { topics: results } = await this.#ask({ api: 'DeleteTopics', topics });
    for (const { name, errorCode } of results) refuse(errorCode, `Topic ${name} was not deleted`);
  }

  async createPartitions(topic: string, partitions: number): Promise<void> {
    const { results } = await this.#ask({ api: 'CreatePartitions', topics: [{ name: topic, count: partitions, assignments: null }] });
    for (const { errorCode, errorMessage } of results)
      refuse(errorCode, `Topic ${topic} was not raised to ${partitions} partitions`, errorMessage);
  }

  async deleteRecords(offsets: readonly (TopicPartition & { readonly beforeOffset: number })[]): Promise<void> {
    for (const [leader, places] of await this.#byLeader(offsets)) {
      const partitions = places.map(({ topic, partition, beforeOffset }) => ({ topic, partition, offset: beforeOffset }));
      const response = await this.#route.ask(leader, { api: 'DeleteRecords', partitions });
      for (const each of response.partitions) refuse(each.errorCode, `Records of ${placeName(each)} were not deleted`);
    }
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: OffsetSpec,
  ): Promise<readonly (TopicPartition & { readonly offset: number | null })[]> {
    const timestamp = typeof at === 'object' ? at.timestampMs : at === 'earliest' ? EARLIEST_TIMESTAMP : LATEST_TIMESTAMP;
    const isolationLevel = at === 'last-stable' ? 'read_committed' : 'read_uncommitted';
    const found = new Map<string, number | null>();
    for (const [leader, places] of await this.#byLeader(partitions)) {
      const asked = places.map(({ topic, partition }) => ({ topic, partition, timestamp }));
      const response = await this.#route.ask(leader, { api: 'ListOffsets', isolationLevel, partitions: asked });
      for (const each of response.partitions) {
        refuse(each.errorCode, `Offsets of ${placeName(each)} were not listed`);
        found.set(placeName(each), each.offset < 0 ? null : each.offset);
      }
    }
    return partitions.map(({ topic, partition }) => ({ topic, partition, offset: found.get(placeName({ topic, partition })) ?? null }));
  }

  async committedOffsets(groupId: string, topics: readonly string[]): Promise<readonly CommittedOffset[]> {
    const described = await this.#metadata(topics);
    const places = described.flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })));
    const response = await this.#route.ask(await this.#coordinator(groupId), { api: 'OffsetFetch', groupId, partitions: places });
    refuse(response.errorCode, `Offsets of group ${groupId} were not read`);
    return response.partitions.map(({ topic, partition, committedOffset, metadata }) =>
      committedOffset === -1 ? { topic, partition, offset: null, metadata: null } : { topic, partition, offset: committedOffset, metadata },
    );
  }

  async setCommittedOffsets(groupId: string, offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    const partitions = offsets.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      metadata: null,
    }));
    const coordinator = await this.#coordinator(groupId);
    const response = await this.#route.ask(coordinator, {
      api: 'OffsetCommit',
      groupId,
      generationId: -1,
      memberId: '',
      groupInstanceId: null,
      partitions,
    });
    for (const each of response.partitions) {
      // What the coordinator says to an outsider while the group has members.
      const code = each.errorCode === 'UNKNOWN_MEMBER_ID' ? 'NON_EMPTY_GROUP' : each.errorCode;
      refuse(
        code,
        `Offsets of group ${groupId} were not set`,
        code === 'NON_EMPTY_GROUP' ? 'the group has members; stop them first' : null,
      );
    }
  }

  async describeGroup(groupId: string): Promise<GroupDescription> {
    const { groups } = await this.#route.ask(await this.#coordinator(groupId), { api: 'DescribeGroups', groups: [groupId] });
    const group = groups[0];
    if (group === undefined) return { groupId, state: 'Dead', members: [] };
    refuse(group.errorCode === 'GROUP_ID_NOT_FOUND' ? 'NONE' : group.errorCode, `Group ${groupId} was not described`);
    const members = group.members.map(({ memberId, clientId, memberAssignment }) => ({
      memberId,
      clientId,
      partitions: (decodeAssignment(memberAssignment) ?? []).flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    }));
    return { groupId, state: group.groupState, members };
  }

  async #metadata(topics: readonly string[] | null): Promise<readonly TopicMetadata[]> {
    const response = await this.#ask({ api: 'Metadata', topics });
    const unknown = response.topics.filter(({ errorCode }) => errorCode !== 'NONE').map(({ name }) => name);
    if (unknown.length > 0) throw unknownTopics(unknown);
    return response.topics;
  }

  async #byLeader<Place extends TopicPartition>(places: readonly Place[]): Promise<ReadonlyMap<NodeId, readonly Place[]>> {
    const described = await this.#metadata([...new Set(places.map(({ topic }) => topic))]);
    return Map.groupBy(places, (place) => {
      const leader = described.find(({ name }) => name === place.topic)?.partitions[place.partition]?.leader;
      if (leader !== undefined) return leader;
      throw new KafkaError('UNKNOWN_TOPIC', `Partition ${placeName(place)} does not exist`, { kafkaCode: 'UNKNOWN_TOPIC_OR_PARTITION' });
    });
  }

  async #coordinator(groupId: string): Promise<NodeId> {
    const found = await this.#ask({ api: 'FindCoordinator', keyType: 'group', key: groupId });
    refuse(found.errorCode, `The coordinator of group ${JSON.stringify(groupId)} was not found`);
    return found.nodeId;
  }

  #ask<A extends Api>(body: RequestBody<A>): Promise<Response<A>> {
    return this.#route.ask(this.#route.anyNode(), body);
  }

  /** The leader first, then as many others as the replication factor asks for. */
  #replicasOf({ name, partitions, replicationFactor = 1 }: NewTopic, leaders: readonly number[]): readonly (readonly number[])[] {
    if (leaders.length !== partitions) {
      throw new KafkaError('CONFIG_INVALID', `Topic ${name} has ${partitions} partitions, but ${leaders.length} leaders are given`);
    }
    return leaders.map((leader) => [leader, ...this.#route.nodeIds.filter((nodeId) => nodeId !== leader)].slice(0, replicationFactor));
  }
}

function refuse(errorCode: string, what: string, why: string | null = null): void {
  if (errorCode === 'NONE') return;
  throw new KafkaError(CODE_OF[errorCode] ?? 'PROTOCOL', `${what}: ${errorCode}${why === null ? '' : ` (${why})`}`, {
    kafkaCode: errorCode,
  });
}
