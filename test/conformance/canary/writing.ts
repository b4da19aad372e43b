import { eachProduced } from './changes.ts';
import { bound } from './defect.ts';
import type { Defect } from './defect.ts';

export const DEFECTS_OF_WRITING: readonly Defect[] = [
  {
    name: 'produced nulls turn empty',
    caughtBy: 'stand in the log as they were given',
    says: /what stands in the log/,
    producer: eachProduced((batch) => ({
      ...batch,
      records: batch.records.map((record) => ({ ...record, value: record.value ?? new Uint8Array() })),
    })),
  },
  {
    name: 'produced headers are dropped',
    caughtBy: 'stand in the log as they were given',
    says: /what stands in the log/,
    producer: eachProduced((batch) => ({ ...batch, records: batch.records.map((record) => ({ ...record, headers: [] })) })),
  },
  {
    name: 'produced timestamp 0 becomes now',
    caughtBy: 'stand in the log as they were given',
    says: /what stands in the log/,
    producer: eachProduced((batch) => ({
      ...batch,
      records: batch.records.map((record) => ({ ...record, timestamp: record.timestamp || 1_763_900_000_000 })),
    })),
  },
  {
    name: 'a lost answer is produced again',
    caughtBy: 'a produce whose answer is lost',
    says: /the answer/,
    producer: (good) => ({
      async produce(batches) {
        const results = await good.produce(batches);
        return results.some(({ outcome }) => outcome === 'unknown') ? good.produce(batches) : results;
      },
    }),
  },
  {
    name: 'one refused batch fails the whole call',
    caughtBy: 'a batch that is too large',
    says: /the answers/,
    producer: (good) => ({
      async produce(batches) {
        const results = await good.produce(batches);
        const refused = results.find(({ outcome }) => outcome === 'refused');
        return refused === undefined ? results : results.map(({ topic, partition }) => ({ ...refused, topic, partition }));
      },
    }),
  },
  {
    name: 'an unknown topic is created',
    caughtBy: 'partitionCount tells',
    says: /resolved|created/,
    transport: (good) => ({
      createProducer(options) {
        const producer = good.createProducer(options);
        return {
          ...bound(producer),
          async partitionCount(topic) {
            await good.admin.createTopics([{ name: topic, partitions: 1 }]).catch(() => undefined); // it exists
            return producer.partitionCount(topic);
          },
        };
      },
    }),
  },
  {
    name: 'committedOffsets leaves out what is not stored',
    caughtBy: 'committedOffsets names every',
    says: /offsets of a new group/,
    admin: (good) => ({
      committedOffsets: async (groupId, topics) => (await good.committedOffsets(groupId, topics)).filter(({ offset }) => offset !== null),
    }),
  },
  {
    name: 'offsets by time are the log end where there is none',
    caughtBy: 'listOffsets tells',
    says: /by time|by a time/,
    admin: (good) => ({
      listOffsets: async (places, at) => (await good.listOffsets(places, at)).map((each) => ({ ...each, offset: each.offset ?? 0 })),
    }),
  },
  {
    name: 'createTopics ignores configurations',
    caughtBy: 'topics are made with',
    says: /max.message.bytes/,
    admin: (good) => ({
      createTopics: (topics) => good.createTopics(topics.map(({ name, partitions }) => ({ name, partitions }))),
    }),
  },
  {
    name: 'describeTopicConfigs tells only what was given',
    caughtBy: 'describeTopicConfigs tells',
    says: /cleanup policies/,
    admin: (good) => ({
      describeTopicConfigs: async (topics, names) =>
        (await good.describeTopicConfigs(topics, names)).map(({ name, configs }) => ({
          name,
          configs: configs['cleanup.policy'] === 'delete' ? {} : configs,
        })),
    }),
  },
  {
    name: 'a group is Stable whoever is in it',
    caughtBy: 'describeGroup tells',
    says: /never used/,
    admin: (good) => ({
      describeGroup: async (groupId) => ({ ...(await good.describeGroup(groupId)), state: 'Stable' }),
    }),
  },
  {
    name: 'offsets are set below a living member',
    caughtBy: 'rejects with GROUP_NOT_EMPTY',
    says: /expected to reject/,
    admin: (good) => ({
      setCommittedOffsets: (groupId, offsets) => good.setCommittedOffsets(groupId, offsets).catch(() => undefined), // the defect
    }),
  },
  {
    name: 'createTopics ignores leaders',
    caughtBy: 'leaders are those',
    says: /leaders: expected/,
    admin: (good) => ({
      createTopics: (topics) => good.createTopics(topics.map(({ name, partitions }) => ({ name, partitions }))),
    }),
  },
];
