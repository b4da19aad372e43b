import { expect, test } from 'vitest';
import type { Assignment } from '../../../src/transport.ts';
import { Announcer } from '../../../src/transports/kafkajs/announcer.ts';
import type { HookedBrokers } from '../../../src/transports/kafkajs/group-hooks.ts';
import { HeldPartitions } from '../../../src/transports/kafkajs/held-partitions.ts';
import type { Membership } from '../../../src/transports/kafkajs/held-partitions.ts';
import type { Cluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import type { MetadataWatch } from '../../../src/transports/kafkajs/metadata-watch.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const BROKER = 1;
const NOBODY = -1;

interface Asked {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] }[];
}

/** The only topic's partitions, led by these brokers; `onOffsets` is called whenever the committed offsets of some are read. */
function announcing(leaders: number[], onOffsets: (partitions: readonly number[]) => void = () => {}) {
  const clock = new ManualClock();
  const told: Assignment[] = [];
  const membership = { memberId: 'm', generation: 3 } as Membership;
  let isCurrent = true;
  const offsetsOf = async ({ topics }: Asked) => ({
    responses: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, offset: '0' })),
    })),
  });
  const cluster = {
    addMultipleTargetTopics: async () => {},
    refreshMetadata: async () => {},
    getNodeIds: () => [BROKER],
    findTopicPartitionMetadata: () => leaders.map((leader, partitionId) => ({ partitionId, leader })),
    findBroker: async () => ({ metadata: async () => ({ topicMetadata: [] }), listOffsets: offsetsOf }),
  } as unknown as Cluster;
  const announcer = new Announcer({
    groupId: 'g',
    clock,
    facts: { brokers: ['a:9092'], tls: false, sasl: false },
    cluster,
    brokers: {
      offsetFetch: (_coordinator: unknown, asked: Asked) => {
        onOffsets(asked.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition)));
        return offsetsOf(asked);
      },
    } as unknown as HookedBrokers,
    held: new HeldPartitions(),
    metadata: { refresh: async () => {}, refused: async () => {} } as unknown as MetadataWatch,
    isCurrent: () => isCurrent,
    assigned: (assignment) => void told.push(assignment),
    warn: () => {},
    fail: (error) => expect.unreachable(error.message),
  });
  announcer.joined({ t: leaders.map((_leader, partition) => partition) }, membership);
  const partitionsTold = (): readonly (readonly number[])[] => told.map(({ partitions }) => partitions.map(({ partition }) => partition));
  const leave = (): void => {
    isCurrent = false;
  };
  return { clock, leave, partitionsTold, told };
}

test('what loses its leader before it is told of holds up no other, neither what is led nor what gets a leader first', async () => {
  const leaders = [BROKER, NOBODY, BROKER];
  const { clock, partitionsTold, told } = announcing(leaders, (partitions) => {
    if (partitions.join() === '0,2') leaders[2] = NOBODY;
  });
  await clock.advance(10_000);
  expect(partitionsTold()).toEqual([[0]]);
  leaders[1] = BROKER;
  await clock.advance(10_000);
  expect(partitionsTold()).toEqual([[0], [1]]);
  leaders[2] = BROKER;
  await clock.advance(10_000);
  expect(partitionsTold()).toEqual([[0], [1], [2]]);
  const epochs = told.flatMap(({ partitions }) => partitions.map(({ epoch }) => epoch));
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
  expect(clock.timerCount).toBe(0);
});

test('nothing more is read or told once the membership is over', async () => {
  const leaders = [BROKER, NOBODY];
  let reads = 0;
  const { clock, leave, partitionsTold } = announcing(leaders, () => {
    reads += 1;
  });
  await clock.advance(10_000);
  expect(partitionsTold()).toEqual([[0]]);
  leave();
  leaders[1] = BROKER;
  const before = reads;
  await clock.advance(10_000);
  expect([partitionsTold(), reads - before, clock.timerCount]).toEqual([[[0]], 0, 0]);
});
