import kafkajs from 'kafkajs';
import type { KafkaErrorOptions } from '../../errors.ts';
import type { CommittedOffset, GroupDescription, NewTopic, TopicConfigs, TopicDescription, TransportAdmin } from '../../admin.ts';
import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import { quotedNames } from '../../quoted-names.ts';
import type { TopicPartition } from '../../transport.ts';
import type { Broker, Cluster } from './kafkajs-internals.ts';
import { innermost, kafkaCodeOf } from './kafkajs-internals.ts';
import { anyBroker, EARLIEST, LATEST, listOffsets, NO_TOPIC_ID, readTopics, requireLeader } from './topology.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { translateError } from './translate-error.ts';
import { wait } from './wait.ts';
import { kafkaErrorCode } from './wire/error-codes.ts';
import type { TopicAnswer } from './wire/metadata.ts';
import { commitKey, NO_OFFSET, offsetCommitRequest } from './wire/offset-commit.ts';
import { sendRequest } from './wire/send-request.ts';

const POLL_MS = 25;
/** ConfigResource.Type.TOPIC. */
const TOPIC_RESOURCE = 2;
/** A leader that is well takes over in a moment; without a replica there is none to wait for. */
const LEADER_WAIT_MS = 3_000;
const NO_LEADER_YET: ReadonlySet<string> = new Set(['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE']);

export interface AdminParts {
  readonly clock: Clock;
  readonly facts: ConnectionFacts;
  readonly requestTimeoutMs: number;
  /** Connected. */
  readonly cluster: () => Promise<Cluster>;
}

/** On kafkajs's brokers, not on its admin client: that takes 5.1 s to set offsets, and hides topic ids and single errors. */
export function makeAdmin({ clock, facts, requestTimeoutMs, cluster }: AdminParts): TransportAdmin {
  const run = async <Value>(what: string, task: (cluster: Cluster) => Promise<Value>): Promise<Value> => {
    try {
      return await task(await cluster());
    } catch (error) {
      throw translateError(aggregated(error), what, 'PROTOCOL', facts);
    }
  };
  /** Once more while a partition gets its leader: the others hear of a new one, or of a new topic, before it does itself. */
  const onLeaders = <Value>(what: string, task: (cluster: Cluster) => Promise<Value>): Promise<Value> =>
    run(what, async (connected) => {
      for (const deadline = clock.now() + Math.min(LEADER_WAIT_MS, requestTimeoutMs); ;) {
        try {
          return await task(connected);
        } catch (error) {
          if (!NO_LEADER_YET.has(leaderCodeOf(error) ?? '') || clock.now() + POLL_MS >= deadline) throw error;
        }
        await wait(clock, POLL_MS);
      }
    });
  const onController = async (connected: Cluster, task: (broker: Broker) => Promise<unknown>): Promise<void> => {
    await connected.refreshMetadata();
    await task(await connected.findControllerBroker());
  };
  const describe = async (connected: Cluster, topics: readonly string[] | null): Promise<readonly TopicAnswer[]> =>
    readTopics(await anyBroker(connected), topics);
  /** Polls until the topics look as they should, on every broker: they learn of a change one after the other. */
  const settle = async (connected: Cluster, topics: readonly string[], settled: (topic: TopicAnswer) => boolean): Promise<void> => {
    const deadline = clock.now() + requestTimeoutMs;
    await connected.refreshMetadata();
    for (const nodeId of connected.getNodeIds()) {
      while (!(await readTopics(await connected.findBroker({ nodeId }), topics)).every(settled)) {
        if (clock.now() >= deadline)
          throw new KafkaError('PROTOCOL', `The brokers did not agree on ${topics.join(', ')} within ${requestTimeoutMs} ms.`);
        await wait(clock, POLL_MS);
      }
    }
  };
  const partitionsOf = async (connected: Cluster, topics: readonly string[]): Promise<readonly TopicPartition[]> =>
    (await describe(connected, topics))
      .map(requireTopic)
      .flatMap(({ topic, partitions }) =>
        partitions.map(({ partition }) => ({ topic, partition })).toSorted((a, b) => a.partition - b.partition),
      );

  return {
    describeTopics: (topics) =>
      run('describe topics', async (connected) => {
        const answers = await describe(connected, topics ?? null);
        requireAll(answers);
        return answers.filter((topic) => topics !== undefined || topic.errorCode === 0).map(toDescription);
      }),
    describeTopicConfigs: (topics, names) =>
      run(`describe the configuration of ${topics.join(', ')}`, async (connected) => {
        // kafkajs tells the first error only, and not of which topic it is.
        requireAll(await describe(connected, topics));
        const broker = await anyBroker(connected);
        const asked = topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: names }));
        const { resources } = await broker.describeConfigs({ resources: asked });
        const described = new Map(resources.map((resource) => [resource.resourceName, toConfigs(resource)]));
        return topics.map((name) => described.get(name) ?? { name, configs: {} });
      }),
    createTopics: (topics) =>
      run(`create ${topics.map(({ name }) => name).join(', ')}`, async (connected) => {
        await onController(connected, (broker) => broker.createTopics({ topics: topics.map(toKafkajsTopic), timeout: requestTimeoutMs }));
        await settle(
          connected,
          topics.map(({ name }) => name),
          (topic) => topic.errorCode === 0 && topic.partitions.every(({ leader, errorCode }) => leader >= 0 && errorCode === 0),
        );
      }),
    deleteTopics: (topics) =>
      run(`delete ${topics.join(', ')}`, async (connected) => {
        requireAll(await describe(connected, topics));
        await onController(connected, (broker) => broker.deleteTopics({ topics, timeout: requestTimeoutMs }));
        for (const topic of topics) connected.targetTopics.delete(topic);
        await settle(connected, topics, (topic) => topic.errorCode !== 0);
      }),
    createPartitions: (topic, partitions) =>
      run(`add partitions to ${topic}`, async (connected) => {
        requireAll(await describe(connected, [topic]));
        await onController(connected, (broker) =>
          broker.createPartitions({ topicPartitions: [{ topic, count: partitions }], timeout: requestTimeoutMs }),
        );
        await settle(
          connected,
          [topic],
          (answer) => answer.partitions.length >= partitions && answer.partitions.every(({ leader }) => leader >= 0),
        );
      }),
    deleteRecords: (offsets) =>
      onLeaders('delete records', async (connected) => {
        await connected.addMultipleTargetTopics([...new Set(offsets.map(({ topic }) => topic))]);
        await connected.refreshMetadata();
        requireAll(await describe(connected, [...new Set(offsets.map(({ topic }) => topic))]));
        // One request per topic and leader: kafkajs reads the error of one topic only.
        for (const [topic, inTopic] of Map.groupBy(offsets, (offset) => offset.topic)) {
          for (const [nodeId, led] of Map.groupBy(inTopic, (offset) => requireLeader(connected, offset))) {
            const broker = await connected.findBroker({ nodeId });
            await broker.deleteRecords({
              topics: [{ topic, partitions: led.map(({ partition, beforeOffset }) => ({ partition, offset: String(beforeOffset) })) }],
              timeout: requestTimeoutMs,
            });
          }
        }
      }),
    listOffsets: (partitions, at) =>
      onLeaders('list offsets', async (connected) => {
        await connected.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
        await connected.refreshMetadata();
        const timestamp = typeof at === 'object' ? at.timestampMs : at === 'earliest' ? EARLIEST : LATEST;
        const listed = await listOffsets(connected, partitions, timestamp, at === 'last-stable' ? 'read_committed' : 'read_uncommitted');
        return partitions.map((wanted) => ({
          ...wanted,
          offset: listed.find(({ topic, partition }) => topic === wanted.topic && partition === wanted.partition)?.offset ?? null,
        }));
      }),
    committedOffsets: (groupId, topics) =>
      run(`read the offsets of the group "${groupId}"`, async (connected) => {
        const partitions = await partitionsOf(connected, topics);
        const coordinator = await connected.findGroupCoordinator({ groupId });
        const wanted = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, same]) => ({
          topic,
          partitions: same.map(({ partition }) => ({ partition })),
        }));
        const { responses } = await coordinator.offsetFetch({ groupId, topics: wanted });
        // Brokers answer in an order of their own.
        const stored = new Map(
          responses.flatMap(({ topic, partitions: each }) => each.map((one) => [`${topic}/${one.partition}`, one] as const)),
        );
        return partitions.map(({ topic, partition }) => {
          const found = stored.get(`${topic}/${partition}`);
          return toCommitted(topic, partition, Number(found?.offset ?? NO_OFFSET), found?.metadata ?? null);
        });
      }),
    setCommittedOffsets: (groupId, offsets) =>
      run(`set the offsets of the group "${groupId}"`, async (connected) => {
        const coordinator = await connected.findGroupCoordinator({ groupId });
        const answer = await sendRequest(
          coordinator,
          offsetCommitRequest(
            { groupId, generation: -1, memberId: '' },
            offsets.map((offset) => ({ ...offset, metadata: null })),
          ),
        );
        for (const { topic, partition } of offsets)
          refuseUnlessStored(groupId, topic, partition, answer.get(commitKey(topic, partition)) ?? -1);
      }),
    describeGroup: (groupId) =>
      run(`describe the group "${groupId}"`, async (connected) => {
        const coordinator = await connected.findGroupCoordinator({ groupId });
        const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
        return {
          groupId,
          state: (groups[0]?.state ?? 'Dead') as GroupDescription['state'],
          members: (groups[0]?.members ?? []).map(toMember),
        };
      }),
  };
}

function refuseUnlessStored(groupId: string, topic: string, partition: number, errorCode: number): void {
  const error = kafkaErrorCode(errorCode);
  if (error === null) return;
  const options: KafkaErrorOptions = { kafkaCode: error.name };
  if (error.name === 'UNKNOWN_MEMBER_ID')
    throw new KafkaError(
      'GROUP_NOT_EMPTY',
      `The offsets of the group "${groupId}" can only be set while it has no members; stop its consumers first.`,
      options,
    );
  throw new KafkaError(
    error.name === 'UNKNOWN_TOPIC_OR_PARTITION' ? 'UNKNOWN_TOPIC' : 'PROTOCOL',
    `The offset of the group "${groupId}" for ${topic}/${partition} was refused: ${error.name}.`,
    options,
  );
}

function requireTopic(topic: TopicAnswer): TopicAnswer {
  requireAll([topic]);
  return topic;
}

function requireAll(topics: readonly TopicAnswer[]): void {
  const unknown = topics.filter(({ errorCode }) =>
    ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'].includes(kafkaErrorCode(errorCode)?.name ?? ''),
  );
  if (unknown.length > 0) {
    const names = unknown.map(({ topic }) => topic);
    throw new KafkaError('UNKNOWN_TOPIC', `The brokers know no topic ${quotedNames(names)}.`, {
      kafkaCode: 'UNKNOWN_TOPIC_OR_PARTITION',
      details: { topics: names },
    });
  }
  for (const { topic, errorCode } of topics) {
    const error = kafkaErrorCode(errorCode);
    if (error !== null && !error.retriable)
      throw new KafkaError('PROTOCOL', `The topic "${topic}" could not be described: ${error.name}.`, { kafkaCode: error.name });
  }
}

function toDescription({ topic, topicId, partitions }: TopicAnswer): TopicDescription {
  return {
    name: topic,
    topicId: topicId === NO_TOPIC_ID ? null : topicId,
    partitions: partitions
      .map(({ partition, leader }) => ({ partition, leader: leader < 0 ? null : leader }))
      .sort((a, b) => a.partition - b.partition),
  };
}

function toConfigs({
  resourceName,
  configEntries,
}: {
  readonly resourceName: string;
  readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
}): TopicConfigs {
  const entries = configEntries.flatMap(({ configName, configValue }) =>
    configValue === null ? [] : [[configName, configValue] as const],
  );
  return { name: resourceName, configs: Object.fromEntries(entries) };
}

function toKafkajsTopic({ name, partitions, replicationFactor = 1, leaders, configs = {} }: NewTopic): object {
  return {
    topic: name,
    ...(leaders === undefined
      ? { numPartitions: partitions, replicationFactor }
      : {
          numPartitions: -1,
          replicationFactor: -1,
          replicaAssignment: leaders.map((leader, partition) => ({ partition, replicas: [leader] })),
        }),
    configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
}

function toCommitted(topic: string, partition: number, offset: number, metadata: string | null): CommittedOffset {
  const isStored = offset !== NO_OFFSET;
  return { topic, partition, offset: isStored ? offset : null, metadata: isStored && metadata !== '' ? metadata : null };
}

function toMember({
  memberId,
  clientId,
  memberAssignment,
}: {
  memberId: string;
  clientId: string;
  memberAssignment: Buffer;
}): GroupDescription['members'][number] {
  const assignment = memberAssignment.length === 0 ? null : kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment);
  return {
    memberId,
    clientId,
    partitions: Object.entries(assignment?.assignment ?? {}).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  };
}

function leaderCodeOf(error: unknown): string | null {
  return error instanceof KafkaError ? (error.kafkaCode ?? null) : kafkaCodeOf(aggregated(error));
}

/** kafkajs answers the errors of several topics, or of several partitions, as one aggregate without a code of its own. */
function aggregated(error: unknown): unknown {
  const { errors, partitions } = (error ?? {}) as { errors?: unknown; partitions?: unknown };
  const inPartition: unknown = Array.isArray(partitions) ? (partitions[0] as { error?: unknown }).error : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : (inPartition ?? error);
  if (kafkaCodeOf(first) !== 'TOPIC_ALREADY_EXISTS') return first;
  const name = (first as { topic?: unknown }).topic;
  return new KafkaError('TOPIC_ALREADY_EXISTS', `The topic "${String(name)}" exists already.`, {
    cause: innermost(first),
    kafkaCode: 'TOPIC_ALREADY_EXISTS',
    details: { topics: [name] },
  });
}
