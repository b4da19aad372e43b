import { describe, expect, test } from 'vitest';
import type { TransportAdmin } from '../../src/admin.ts';
import { LagWatch } from '../../src/consumer/lag-watch.ts';
import type { WatchedPartition } from '../../src/consumer/lag-watch.ts';
import type { Runtime } from '../../src/consumer/runtime.ts';
import { KafkaError } from '../../src/errors.ts';
import { EventLog } from '../../src/log/event-log.ts';
import type { Observation } from '../../src/observation.ts';
import { recordingLogger } from '../support/consumer-rig.ts';
import type { LogLine } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_750_000_000_000;
const INTERVAL_MS = 30_000;

type Watched = { -readonly [Name in keyof WatchedPartition]: WatchedPartition[Name] } & { readonly learned: number[] };

function partitionOf(topic: string, partition: number, ageMs: number | null = null): Watched {
  const learned: number[] = [];
  return {
    id: { topic, partition, epoch: 1 },
    readableEnd: null,
    oldestTimestamp: ageMs === null ? null : NOW - ageMs,
    committable: 7,
    learned,
    learnReadableEnd: (offset) => void learned.push(offset),
  };
}

/** A watch of partitions that a test hands to it, and what it asked, said and told. */
function watch(partitions: Watched[], given: { readonly observed?: boolean } = {}) {
  const clock = new ManualClock(NOW);
  const asked: string[] = [];
  const lines: LogLine[] = [];
  const told: Observation[] = [];
  /** What a request is answered with; a test may replace it. */
  const brokers = {
    configs: (topics: readonly string[]): Promise<unknown> =>
      Promise.resolve(topics.map((name) => ({ name, configs: { 'retention.ms': String(10 * HOUR_MS) } }))),
    ends: (places: readonly object[]): Promise<unknown> => Promise.resolve(places.map((place) => ({ ...place, offset: 100 }))),
  };
  const admin = {
    describeTopicConfigs: (topics: readonly string[]) => (asked.push(`configs ${topics.join(' ')}`), brokers.configs(topics)),
    listOffsets: (places: readonly object[]) => (asked.push(`ends of ${places.length}`), brokers.ends(places)),
  } as unknown as TransportAdmin;
  const observe = given.observed === false ? null : (observation: Observation): void => void told.push(observation);
  const runtime = { clock, member: 'm1', observe, log: new EventLog(recordingLogger(lines), clock) } as unknown as Runtime;
  const lagWatch = new LagWatch(runtime, {
    admin,
    intervalMs: INTERVAL_MS,
    isolationLevel: 'read_committed',
    partitions: () => partitions,
  });
  return { clock, asked, lines, told, brokers, lagWatch };
}

describe('a watch that is stopped', () => {
  test.each(['configs', 'ends'] as const)(
    'while it waits for %s asks nothing more, learns nothing of it, and leaves no timer',
    async (what) => {
      const { clock, asked, lines, brokers, lagWatch } = watch([partitionOf('orders', 0)]);
      const answer = Promise.withResolvers<unknown>();
      brokers[what] = () => answer.promise;
      lagWatch.start();
      await clock.settle();
      const before = [...asked];
      expect(before.at(-1)).toContain(what);
      lagWatch.stop();
      answer.reject(new KafkaError('PROTOCOL', 'Not allowed.'));
      await clock.advance(HOUR_MS);
      expect([asked, lines, clock.timerCount]).toEqual([before, [], 0]);
    },
  );
});

describe('configuration', () => {
  test('of a topic that comes later is asked for at the next look, and of the others not before ten minutes are over', async () => {
    const partitions = [partitionOf('orders', 0)];
    const { clock, asked, lagWatch } = watch(partitions);
    lagWatch.start();
    await clock.advance(5 * 60_000);
    partitions.push(partitionOf('payments', 0));
    await clock.advance(5 * 60_000 - 1);
    const configs = (): string[] => asked.filter((line) => line.startsWith('configs'));
    expect(configs()).toEqual(['configs orders', 'configs payments']);
    await clock.advance(1);
    expect(configs()).toEqual(['configs orders', 'configs payments', 'configs orders payments']);
  });

  test('that was not told yet is not known, and costs no look', async () => {
    const partition = partitionOf('orders', 0, 9 * HOUR_MS);
    const { clock, told, lines, brokers, lagWatch } = watch([partition]);
    brokers.configs = () => Promise.reject(new KafkaError('PROTOCOL', 'Not allowed.'));
    lagWatch.start();
    await clock.advance(2 * INTERVAL_MS);
    expect([lagWatch.isLimitedBySize('orders'), lagWatch.headroomMs(partition), told]).toEqual([null, null, []]);
    expect(partition.learned).toEqual([100, 100, 100]);
    expect(lines.map(({ message }) => message)).toEqual([
      'The configuration of topics could not be read, so lag or retention may be unknown; it is tried again',
    ]);
  });
});

describe('ends of logs', () => {
  test('that the brokers do not tell stay unknown, and nothing is said of it', async () => {
    const partitions = [partitionOf('orders', 0), partitionOf('orders', 1)];
    const { clock, lines, brokers, lagWatch } = watch(partitions);
    brokers.ends = () => Promise.resolve([{ offset: null }]);
    lagWatch.start();
    await clock.settle();
    expect([partitions.map(({ learned }) => learned), lines]).toEqual([[[], []], []]);
  });

  test('that cannot be read are said once by their name, with the error, and beside the configuration', async () => {
    const { clock, lines, brokers, lagWatch } = watch([partitionOf('orders', 0)]);
    const error = new KafkaError('PROTOCOL', 'Not allowed.');
    brokers.configs = () => Promise.reject(error);
    brokers.ends = () => Promise.reject(error);
    lagWatch.start();
    await clock.advance(10 * INTERVAL_MS);
    expect(lines).toEqual(
      ['configuration of topics', 'ends of logs'].map((what) => ({
        level: 'warn',
        data: { event: 'lag-unknown', err: error },
        message: `The ${what} could not be read, so lag or retention may be unknown; it is tried again`,
      })),
    );
  });
});

describe('that retention comes near', () => {
  test('is told of each partition', async () => {
    const { clock, told, lines, lagWatch } = watch([partitionOf('orders', 0, 9 * HOUR_MS), partitionOf('orders', 1, 9 * HOUR_MS)]);
    lagWatch.start();
    await clock.settle();
    expect(told).toEqual(
      [0, 1].map((partition) => ({
        at: NOW,
        member: 'm1',
        kind: 'retention-near',
        topic: 'orders',
        partition,
        epoch: 1,
        offset: 7,
        headroomMs: HOUR_MS,
      })),
    );
    expect(lines.map(({ data }) => data.partition)).toEqual([0, 1]);
  });

  test('is logged where nobody observes it, and the next look comes', async () => {
    const { clock, asked, lines, lagWatch } = watch([partitionOf('orders', 0, 9 * HOUR_MS)], { observed: false });
    lagWatch.start();
    await clock.advance(INTERVAL_MS);
    expect(lines).toHaveLength(1);
    expect(asked.filter((line) => line.startsWith('ends'))).toHaveLength(2);
  });
});
