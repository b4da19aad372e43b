import { describe, expect } from 'vitest';
import { consume, reject, skip } from '../../src/action.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineBatchHandler, defineHandler } from '../../src/define-handler.ts';
import type { Handler, Ordering } from '../../src/handler.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { Observation } from '../../src/observation.ts';
import { kafkajsTest as test, numbered, write } from '../transports/kafkajs/support/kafkajs-test.ts';
import { until } from '../transports/kafkajs/support/until.ts';

const SESSION_MS = 6_000;
const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined);

interface Service {
  readonly manager: KafkaManager;
  readonly observations: readonly Observation[];
}

function service(brokers: readonly string[], groupId: string, handler: Handler): Service {
  const observations: Observation[] = [];
  const config = kafkaConfig({ enabled: true, brokers, groupId, sessionTimeoutMs: SESSION_MS, autoOffsetReset: 'earliest' });
  const observers = [(each: Observation): void => void observations.push(each)];
  return { manager: new KafkaManager(config, { logger: silentLogger, observers }).register(handler), observations };
}

describe('on real Kafka', () => {
  test.for<[Ordering, offsets: string]>([
    ['partition', ''],
    ['key', '1 2 3 5 6 7 9'],
    ['unordered', '1 2 3 4 5 6 7 8 9'],
  ])(
    'in %s order a record that always fails stops its lane, and after a restart only what was open comes again',
    async ([ordering, others], { kafka, transport }) => {
      const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
      for (let index = 0; index < 10; index++) await write(here, topic, 0, { key: `k${index % 4}`, value: `v${index}` });
      let isBroken = true;
      const done: string[] = [];
      const handlerOf = (): Handler =>
        defineHandler({
          topic,
          ordering,
          retry: { initialDelayMs: 50, maxDelayMs: 100 },
          handle: async (value, { record }) => {
            if (isBroken && text(value) === 'v0') throw new Error('always');
            done.push(String(record.offset));
            return consume();
          },
        });
      const first = service(kafka.brokers, groupId, handlerOf());
      await first.manager.start();
      const expected = others.split(' ').filter((offset) => offset !== '');
      await until(() => first.observations.filter(({ kind }) => kind === 'failed').length >= 5, 'five failures of the first record');
      await until(() => done.length === expected.length, `all that no failing record holds: ${expected.join(' ')}`);
      expect(done.toSorted()).toEqual(expected);
      await first.manager.stop();
      expect((await here.admin.committedOffsets(groupId, [topic])).map(({ offset }) => offset)).toEqual([0]);

      isBroken = false;
      done.length = 0;
      const second = service(kafka.brokers, groupId, handlerOf());
      await second.manager.start();
      const open = Array.from({ length: 10 }, (_, offset) => String(offset)).filter((offset) => !expected.includes(offset));
      await until(() => done.length === open.length, 'what was open');
      await second.manager.stop();
      expect(done).toEqual(open);
      expect((await here.admin.committedOffsets(groupId, [topic])).map(({ offset }) => offset)).toEqual([10]);
    },
  );

  test('a call of 15 s in a session of 6 s loses nothing, repeats nothing, and stops no other partition', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    await write(here, topic, 0, 'slow', 'after');
    await write(here, topic, 1, ...numbered('v', 5));
    const done: { readonly id: string; readonly at: number }[] = [];
    const startedAt = Date.now();
    const { manager, observations } = service(
      kafka.brokers,
      groupId,
      defineHandler({
        topic,
        handle: async (value, { id, clock }) => {
          if (text(value) === 'slow') await clock.sleep(15_000);
          done.push({ id, at: Date.now() - startedAt });
          return consume();
        },
      }),
    );
    await manager.start();
    await until(() => done.length === 5, 'the other partition', 10_000);
    await write(here, topic, 1, ...numbered('w', 5));
    await until(() => done.length === 10, 'the other partition, again', 10_000);
    expect(Math.max(...done.map(({ at }) => at))).toBeLessThan(15_000);
    await until(() => done.length === 12, 'the slow record and the one behind it', 30_000);
    await manager.stop();
    expect(done.map(({ id }) => id).toSorted()).toEqual(
      [0, 1]
        .flatMap((partition) => Array.from({ length: partition === 0 ? 2 : 10 }, (_, offset) => `${topic}/${partition}/${offset}`))
        .toSorted(),
    );
    expect(observations.filter(({ kind }) => kind === 'lost' || kind === 'failed')).toEqual([]);
    expect((await here.admin.committedOffsets(groupId, [topic])).map(({ offset }) => offset)).toEqual([2, 10]);
  });

  test('a rebalance waits for the calls that run, longer than a session: none is repeated by whoever gets the partition', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    for (const partition of [0, 1]) await write(here, topic, partition, 'slow', 'quick');
    const called: string[] = [];
    const done: string[] = [];
    const handler = (): Handler =>
      defineHandler({
        topic,
        handle: async (value, { id, clock }) => {
          called.push(id);
          if (text(value) === 'slow') await clock.sleep(8_000);
          done.push(id);
          return consume();
        },
      });
    const first = service(kafka.brokers, groupId, handler());
    await first.manager.start();
    await until(() => called.length === 2, 'both slow calls');
    const second = service(kafka.brokers, groupId, handler());
    await second.manager.start();
    await until(() => done.length === 4, 'everything', 20_000);
    await Promise.all([first.manager.stop(), second.manager.stop()]);
    expect(called.toSorted()).toEqual([0, 1].flatMap((partition) => [0, 1].map((offset) => `${topic}/${partition}/${offset}`)));
    expect(first.observations.filter(({ kind }) => kind === 'lost' || kind === 'stale-result')).toEqual([]);
    expect(second.observations.filter(({ kind }) => kind === 'delivered').length).toBe(1);
    expect((await here.admin.committedOffsets(groupId, [topic])).map(({ offset }) => offset)).toEqual([2, 2]);
  });

  test('batches: each record has its own answer, its dead letter before the commit, and no second call when it is done', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const target = await kafka.topic({ configs: { 'max.message.bytes': '1056780' } });
    await write(here, topic, 0, ...numbered('v', 20));
    const calls: string[][] = [];
    const { manager, observations } = service(
      kafka.brokers,
      groupId,
      defineBatchHandler({
        topic,
        deadLetter: { topic: target },
        retry: { initialDelayMs: 20, maxDelayMs: 20 },
        batch: { maxRecords: 8, lingerMs: 20 },
        handleBatch: (items) => {
          calls.push(items.map(({ record }) => String(record.offset)));
          return items.map(({ record, attempt }) => {
            if (record.offset === 3 && attempt === 1) return skip('not now');
            return record.offset === 5 ? reject('never') : consume();
          });
        },
      }),
    );
    await manager.start();
    await until(async () => (await here.admin.committedOffsets(groupId, [topic]))[0]?.offset === 20, 'all of it committed');
    await manager.stop();
    expect(calls[0]).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(calls.flat().toSorted()).toEqual([...Array.from({ length: 20 }, (_, offset) => String(offset)), '3'].toSorted());
    expect(observations.filter(({ kind }) => kind === 'dead-lettered')).toMatchObject([{ offset: 5, target, targetOffset: 0 }]);
    const at = (wanted: (each: Observation) => boolean): number => observations.findIndex(wanted);
    expect(at(({ kind }) => kind === 'dead-lettered')).toBeLessThan(at((each) => each.kind === 'commit-sent' && each.offset > 5));
  });
});
