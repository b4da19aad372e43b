import type { ConformanceCase } from '../conformance-case.ts';
import { bytes, expectEqual, expectTrue, values } from '../expectations.ts';
import { storedOffsets } from '../stored-offsets.ts';

export const ADMINISTERING: readonly ConformanceCase[] = [
  {
    name: 'topics are made with their partitions, leaders and configuration, described, and made once only',
    async run({ admin, settle, rejection, topicName, produce, venue }) {
      const name = topicName();
      const spread = await settle(admin.describeTopics(), 'describeTopics');
      expectTrue(
        spread.every((each) => each.name !== name),
        'the topic exists before it is made',
      );
      await settle(admin.createTopics([{ name, partitions: 3, configs: { 'max.message.bytes': '1000' } }]), 'createTopics');
      const [described] = await settle(admin.describeTopics([name]), 'describeTopics');
      expectEqual([described?.name, described?.partitions.map(({ partition }) => partition)], [name, [0, 1, 2]], 'the topic');
      expectTrue(described?.partitions.every(({ leader }) => leader !== null) === true, 'a partition has no leader after createTopics');
      expectTrue(
        (await settle(admin.describeTopics(), 'describeTopics')).some((each) => each.name === name),
        'describeTopics of all topics leaves the new one out',
      );
      expectEqual(await rejection(admin.createTopics([{ name, partitions: 1 }]), 'createTopics again'), 'TOPIC_ALREADY_EXISTS', 'its code');
      const refused = await produce(name, 0, ['x'.repeat(2_000)]).then(
        () => false,
        () => true,
      );
      expectTrue(refused, 'a record of 2,000 bytes was taken by a topic made with max.message.bytes=1000');
      await settle(venue.admin.deleteTopics([name]), 'deleteTopics');
    },
  },
  {
    name: 'describeTopicConfigs tells what was given and what holds by default, and nothing of settings that are none',
    async run({ admin, settle, rejection, topic, topicName }) {
      const given = await topic({ configs: { 'cleanup.policy': 'compact', 'max.message.bytes': '1000' } });
      const plain = await topic();
      const names = ['max.message.bytes', 'cleanup.policy', 'no.such.setting'];
      const described = await settle(admin.describeTopicConfigs([plain, given], names), 'describeTopicConfigs');
      expectEqual(
        described.map(({ name, configs }) => [name, configs['cleanup.policy'], configs['no.such.setting'], Object.keys(configs).length]),
        [
          [plain, 'delete', undefined, 2],
          [given, 'compact', undefined, 2],
        ],
        'the topics in order, their cleanup policies, and no other settings',
      );
      const limits = described.map(({ configs }) => Number(configs['max.message.bytes']));
      expectEqual([limits[0]! > 1_000, limits[1]], [true, 1_000], 'the limit by default, and the one given');
      const unknown = admin.describeTopicConfigs([given, topicName()], names);
      expectEqual(await rejection(unknown, 'describeTopicConfigs of a topic that is not there'), 'UNKNOWN_TOPIC', 'its code');
    },
  },
  {
    name: 'leaders are those that createTopics names',
    async run({ admin, settle, topicName, topic, venue }) {
      const [known] = await settle(admin.describeTopics([await topic({ partitions: 4 })]), 'describeTopics');
      const brokers = [...new Set(known?.partitions.map(({ leader }) => leader ?? -1))].sort((a, b) => a - b);
      const leaders = [brokers.at(-1)!, brokers.at(-1)!, brokers[0]!]; // never what taking turns would give
      const name = topicName();
      await settle(admin.createTopics([{ name, partitions: 3, leaders }]), 'createTopics');
      const [described] = await settle(admin.describeTopics([name]), 'describeTopics');
      expectEqual(
        described?.partitions.map(({ leader }) => leader),
        leaders,
        'leaders',
      );
      await settle(venue.admin.deleteTopics([name]), 'deleteTopics');
    },
  },
  {
    name: 'a deleted topic is unknown, and stays so; made again it has another id',
    async run({ admin, settle, rejection, until, topicName, venue }) {
      const name = topicName();
      await settle(admin.createTopics([{ name, partitions: 1 }]), 'createTopics');
      const [before] = await settle(admin.describeTopics([name]), 'describeTopics');
      await settle(admin.deleteTopics([name]), 'deleteTopics');
      await until(async () => (await venue.admin.describeTopics()).every((each) => each.name !== name), 'the topic to be gone');
      expectEqual(await rejection(admin.describeTopics([name]), 'describeTopics of a deleted topic'), 'UNKNOWN_TOPIC', 'its code');
      await settle(admin.createTopics([{ name, partitions: 1 }]), 'createTopics');
      const [after] = await settle(admin.describeTopics([name]), 'describeTopics');
      expectTrue(
        before?.topicId === null || before?.topicId !== after?.topicId,
        `the topic made again has the id of the deleted one: ${before?.topicId}`,
      );
      await settle(admin.deleteTopics([name]), 'deleteTopics');
    },
  },
  {
    name: 'createPartitions raises the number of partitions',
    async run({ admin, settle, until, topic, venue }) {
      const name = await topic({ partitions: 1 });
      await settle(admin.createPartitions(name, 3), 'createPartitions');
      await until(async () => (await venue.admin.describeTopics([name]))[0]?.partitions.length === 3, 'three partitions');
    },
  },
  {
    name: 'listOffsets tells log start, log end and the first offset at or after a time, else null; deleteRecords moves the start',
    async run({ admin, settle, topic, produce }) {
      const name = await topic({ partitions: 2 });
      for (const timestamp of [1_000, 2_000, 3_000, 4_000]) await produce(name, 0, [{ value: bytes('v'), timestamp }]);
      const places = [
        { topic: name, partition: 0 },
        { topic: name, partition: 1 },
      ];
      const at = async (when: Parameters<typeof admin.listOffsets>[1]): Promise<(number | null)[]> =>
        (await settle(admin.listOffsets(places, when), 'listOffsets')).map(({ offset }) => offset);
      expectEqual(
        [await at('earliest'), await at('latest'), await at('last-stable')],
        [
          [0, 0],
          [4, 0],
          [4, 0],
        ],
        'log start, log end, and the last stable offset where no transaction is open',
      );
      expectEqual(
        [await at({ timestampMs: 2_000 }), await at({ timestampMs: 2_001 })],
        [
          [1, null],
          [2, null],
        ],
        'offsets by time',
      );
      expectEqual(
        [await at({ timestampMs: 0 }), await at({ timestampMs: 4_001 })],
        [
          [0, null],
          [null, null],
        ],
        'offsets by a time before and after all',
      );
      await settle(admin.deleteRecords([{ topic: name, partition: 0, beforeOffset: 3 }]), 'deleteRecords');
      expectEqual(
        [await at('earliest'), await at('latest')],
        [
          [3, 0],
          [4, 0],
        ],
        'log start and log end after deleteRecords',
      );
    },
  },
  {
    name: 'committedOffsets names every partition, null where nothing is stored; setCommittedOffsets sets those of an empty group',
    async run(context) {
      const { admin, settle, topic, groupId, produce } = context;
      const name = await topic({ partitions: 3 });
      await produce(name, 1, values(9));
      const stored = async (): Promise<unknown> =>
        (await storedOffsets(context, name, admin)).map(({ partition, offset }) => [partition, offset]);
      expectEqual(
        await stored(),
        [
          [0, null],
          [1, null],
          [2, null],
        ],
        'offsets of a new group',
      );
      await settle(
        admin.setCommittedOffsets(groupId, [
          { topic: name, partition: 1, offset: 7 },
          { topic: name, partition: 2, offset: 0 },
        ]),
        'setCommittedOffsets',
      );
      expectEqual(
        await stored(),
        [
          [0, null],
          [1, 7],
          [2, 0],
        ],
        'offsets that were set',
      );
    },
  },
  {
    name: 'setCommittedOffsets rejects with GROUP_NOT_EMPTY while the group has a member, and sets nothing',
    async run({ admin, settle, rejection, topic, join, groupId }) {
      const name = await topic();
      await join('m1', [name]);
      expectEqual(
        await rejection(admin.setCommittedOffsets(groupId, [{ topic: name, partition: 0, offset: 7 }]), 'setCommittedOffsets'),
        'GROUP_NOT_EMPTY',
        'its code',
      );
      const [stored] = await settle(admin.committedOffsets(groupId, [name]), 'committedOffsets');
      expectEqual(stored?.offset, null, 'the offset');
    },
  },
  {
    name: 'describeGroup tells state, members and their partitions: unknown, stable, empty',
    async run({ admin, settle, until, topic, join, groupId }) {
      const name = await topic({ partitions: 2 });
      const describe = (): ReturnType<typeof admin.describeGroup> => settle(admin.describeGroup(groupId), 'describeGroup');
      expectEqual([(await describe()).state, (await describe()).members.length], ['Dead', 0], 'a group that was never used');
      const first = await join('m1', [name]);
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      const { state, members } = await describe();
      expectEqual([state, members.length], ['Stable', 2], 'a group with two members');
      expectEqual(
        members.flatMap(({ partitions }) => partitions.map(({ topic: of, partition }) => `${of}/${partition}`)).sort(),
        [`${name}/0`, `${name}/1`],
        'partitions',
      );
      const memberIds = [first, second].map((probe) => probe.eventsOf('assigned').at(-1)?.assignment.memberId);
      expectEqual(new Set(members.map(({ memberId }) => memberId)), new Set(memberIds), 'member ids, as told in the assignments');
      for (const probe of [first, second]) await settle(probe.consumer.stop(), 'stop');
      expectEqual([(await describe()).state, (await describe()).members.length], ['Empty', 0], 'a group that everybody left');
    },
  },
];
