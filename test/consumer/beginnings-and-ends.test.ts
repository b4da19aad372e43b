import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Consumer } from '../../src/consumer/consumer.ts';
import { KafkaError } from '../../src/errors.ts';
import type { Logger } from '../../src/logger.ts';
import type { Observation } from '../../src/observation.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import { consumed, handlerOf, pendingAnswers, recordingLogger, rig } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { ScriptedTransport, assigned, batchOf } from '../support/scripted-transport.ts';
import { logged } from '../support/told.ts';

async function running(process: Process, given: RigOptions = {}): Promise<Rig> {
  const made = rig(process, given);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  return made;
}

const never = (): Promise<never> => new Promise(() => {});
const unreachable = (): KafkaError => new KafkaError('BROKER_UNREACHABLE', 'Nobody answers.');

describe('a consumer that was told little', () => {
  /** Without observers and without a name. */
  function bare(given: { readonly observers?: readonly ((observation: Observation) => void)[]; readonly logger?: Logger }) {
    const [clock, transport] = [new ManualClock(), new ScriptedTransport()];
    const consumer = new Consumer({
      transport,
      handlers: new Map([['orders', handlerOf(() => consumed)]]),
      options: { groupId: 'billing', lagIntervalMs: 0 },
      clock,
      random: { next: () => 0 },
      logger: recordingLogger([]),
      producer: {} as RecordProducer,
      ...given,
    });
    return { clock, transport, consumer };
  }

  test('is called by its group in what it tells', async () => {
    const told: Observation[] = [];
    const { consumer } = bare({ observers: [(observation) => void told.push(observation)] });
    await consumer.start();
    expect(told[0]).toMatchObject({ kind: 'started', member: 'billing#1' });
  });

  test('works where nobody observes it', async () => {
    const { consumer } = bare({});
    await consumer.start();
    expect(await consumer.stop()).toEqual({ open: [] });
  });

  test('gives its lines the group that they are of', () => {
    const bindings: unknown[] = [];
    const logger = recordingLogger([]);
    bare({ logger: { ...logger, child: (given) => (bindings.push(given), logger) } });
    expect(bindings).toEqual([{ groupId: 'billing' }]);
  });

  test('shows its health before it is started, and is refused decisions for what it has no dead letters for', async () => {
    const { consumer } = bare({});
    expect(consumer.health()).toMatchObject({ state: 'new', generation: null, fetchTurnedAt: null, partitions: [], failure: null });
    await expect(consumer.deadLetterHalted({ topic: 'orders', partition: 0, offset: 0 })).rejects.toMatchObject({
      code: 'HANDLER_INVALID',
      message: 'The handler of orders has no dead letters, so there is no place for its record.',
    });
  });
});

test.each([Number.NaN, -1, 2 ** 31])(
  '%s is no time to start or to stop in, by its name, and nothing was begun or ended',
  async (noTime) => {
    const made = rig(() => consumed);
    const told = (name: string): unknown => ({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(new RegExp(`^${name} is ${noTime}, expected milliseconds`)),
    });
    await expect(made.consumer.start({ timeoutMs: noTime })).rejects.toMatchObject(told('timeoutMs') as object);
    expect([made.consumer.state, made.transport.calls]).toEqual(['new', []]);
    await made.consumer.start();
    await expect(made.consumer.stop({ deadlineMs: noTime })).rejects.toMatchObject(told('deadlineMs') as object);
    expect(made.consumer.state).toBe('running');
  },
);

describe('a start', () => {
  test('listens to its signal only while it lasts', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = null;
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    const started = made.consumer.start({ signal });
    await made.clock.settle();
    expect(listeners()).toBe(1);
    made.transport.join([]);
    await started;
    expect(listeners()).toBe(0);
    const failing = rig(() => consumed, { topics: {} });
    await expect(failing.consumer.start({ signal })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    expect(listeners()).toBe(0);
  });

  test.each([
    ['describeTopics', 'the topics and offsets of the cluster'],
    ['describeTopicConfigs', 'the configuration of the dead letter topics'],
  ] as const)('that waits for %s in vain says that it waited for %s', async (request, words) => {
    const made = rig(() => consumed, {
      handler: { deadLetter: { topic: 'orders.dead' } },
      deadLetters: new ScriptedSink({ immediate: true }),
      topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    });
    Object.assign(made.transport.admin, { [request]: never });
    const outcome = made.consumer.start({ timeoutMs: 3_000 }).catch((error: unknown) => error);
    await made.clock.advance(3_000);
    expect(await outcome).toMatchObject({ code: 'START_TIMEOUT', message: expect.stringContaining(`did not get ${words} within 3000 ms`) });
  });

  test.each([true, false])('warns of dead letter topics that it may not look at, and goes on (observed: %s)', async (observed) => {
    const made = rig(() => consumed, {
      observed,
      handler: { deadLetter: { topic: 'orders.dead' } },
      deadLetters: new ScriptedSink({ immediate: true }),
      topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    });
    const refused = new KafkaError('PROTOCOL', 'Not allowed.', { kafkaCode: 'TOPIC_AUTHORIZATION_FAILED' });
    Object.assign(made.transport.admin, { describeTopicConfigs: () => Promise.reject(refused) });
    await made.consumer.start();
    const warned = made.logs.filter(({ data }) => data.event === 'consumer-warning');
    expect(warned).toMatchObject([{ level: 'warn', data: { code: expect.any(String), err: expect.any(KafkaError) } }]);
    const [line] = warned;
    expect(line?.message).toContain('orders.dead');
    expect(made.kinds('warning')).toEqual(observed ? [{ at: made.clock.now(), member: 'm1', kind: 'warning', error: line?.data.err }] : []);
  });

  test('does not try again what no other attempt mends: a dead letter topic that is not there', async () => {
    const made = rig(() => consumed, {
      handler: { deadLetter: { topic: 'orders.dead' } },
      deadLetters: new ScriptedSink({ immediate: true }),
    });
    await expect(made.consumer.start()).rejects.toMatchObject({ code: 'DEAD_LETTER_INVALID' });
    expect(logged(made).filter((line) => line.includes('start-retried'))).toEqual([]);
  });

  test('that has no time for another attempt fails with what the last one said', async () => {
    const made = rig(() => consumed);
    const error = unreachable();
    made.transport.adminFailures = Array.from({ length: 10 }, () => error);
    const outcome = made.consumer.start({ timeoutMs: 1_000 }).catch((thrown: unknown) => thrown);
    await made.clock.advance(1_000);
    expect(await outcome).toBe(error);
    expect(made.transport.calls.filter((call) => call === 'describeTopics')).toHaveLength(4);
  });

  test('that was stopped asks no more, and joins no group when an answer comes late', async () => {
    const asking = rig(() => consumed);
    asking.transport.adminFailures = Array.from({ length: 100 }, unreachable);
    const refused = asking.consumer.start({ timeoutMs: 60_000 }).catch((thrown: unknown) => thrown);
    await asking.clock.advance(600);
    void asking.consumer.stop();
    await asking.clock.advance(10_000);
    const asked = asking.transport.calls.filter((call) => call === 'describeTopics').length;
    expect(asked).toBeLessThanOrEqual(4);
    expect(await refused).toMatchObject({ code: 'MANAGER_STATE' });
    expect(asking.clock.timerCount).toBe(0);

    const late = rig(() => consumed);
    const { describeTopics } = late.transport.admin;
    const gate = Promise.withResolvers<void>();
    Object.assign(late.transport.admin, {
      describeTopics: async (names: readonly string[]) => (await gate.promise, describeTopics(names)),
    });
    const outcome = late.consumer.start().catch((thrown: unknown) => thrown);
    await late.clock.settle();
    void late.consumer.stop();
    await late.clock.settle();
    gate.resolve();
    await late.clock.settle();
    expect(await outcome).toMatchObject({ code: 'MANAGER_STATE' });
    expect(late.transport.calls).not.toContain('createConsumer');
  });

  test('hands its options to the transport', async () => {
    const made = await running(() => consumed, { options: { groupInstanceId: 'one', sessionTimeoutMs: 9_000 } });
    expect(made.transport.options).toMatchObject({
      groupId: 'billing',
      groupInstanceId: 'one',
      topics: ['orders'],
      sessionTimeoutMs: 9_000,
      isolationLevel: 'read_committed',
    });
  });
});

describe('a stop', () => {
  test('of a consumer that never started is no failure of the transport, and leaves no rejection that nobody looks at', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    const made = rig(() => consumed);
    expect(await made.consumer.stop()).toEqual({ open: [] });
    await made.clock.settle();
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
    expect(logged(made)).toEqual(['info {"event":"consumer-stopped"} Consumer stopped; nothing was open']);
  });

  test('commits what is done at once, while it still waits for calls', async () => {
    const calls = pendingAnswers();
    const made = await running((record, context) => (record.offset < 2 ? consumed : calls.process(record, context)), {
      options: { commitIntervalMs: 60_000 },
    });
    for (const [from, to] of [
      [0, 1],
      [1, 3],
    ] as const) {
      made.transport.batch(batchOf(from, to, { epoch: 1 }));
      await made.clock.settle();
    }
    expect(made.transport.committed).toEqual(['orders/0@1']);
    void made.consumer.stop({ deadlineMs: 20_000 });
    await made.clock.settle();
    expect([made.transport.committed, made.consumer.state]).toEqual([['orders/0@1', 'orders/0@2'], 'stopping']);
  });

  test('tells a call that its time is over', async () => {
    const calls = pendingAnswers();
    const made = await running(calls.process);
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    void made.consumer.stop({ deadlineMs: 1_000 });
    await made.clock.advance(1_000);
    expect(calls.calls[0]?.context.signal.reason).toMatchObject({
      code: 'STOP_DEADLINE',
      message: 'The consumer stops, and the time for running calls is over.',
    });
  });

  test('that is repeated without any time leaves the last commit its second, no more and no less', async () => {
    const made = await running(() => consumed);
    made.transport.defaultAnswer = 'manual';
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    void made.consumer.stop({ deadlineMs: 60_000 });
    await made.clock.advance(5_000);
    expect(made.transport.committed).toEqual(['orders/0@1']);
    void made.consumer.stop({ deadlineMs: 0 });
    await made.clock.advance(999);
    expect(made.consumer.state).toBe('stopping');
    await made.clock.advance(1);
    expect(made.consumer.state).toBe('stopped');
  });
});

test('a stop names what is done and was never acknowledged, from the offset that the coordinator holds', async () => {
  const made = rig(() => consumed);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 4 })];
  made.transport.defaultAnswer = { code: 'GROUP_AUTHORIZATION_FAILED', retriable: false };
  await made.consumer.start();
  await made.clock.settle();
  made.transport.batch(batchOf(4, 6, { epoch: 1 }));
  await made.clock.advance(1_000);
  expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', committed: 4, committable: 6 }]);
  expect(await made.consumer.stop()).toEqual({
    open: [{ topic: 'orders', partition: 0, from: 4, to: 6, records: 0, reason: 'halted', lastProblem: null }],
  });
});

test('a consumer that has stopped leaves no timer of a limit behind', async () => {
  const made = await running(() => consumed, { options: { rateLimit: { recordsPerSecond: 1, burst: 1 } } });
  made.transport.batch(batchOf(0, 3, { epoch: 1 }));
  await made.clock.settle();
  expect([made.delivered, made.clock.timerCount > 0]).toEqual([[0], true]);
  const stopped = made.consumer.stop();
  await made.clock.settle();
  await stopped;
  expect(made.clock.timerCount).toBe(0);
});

describe('a fatal error', () => {
  const fatal = (): KafkaError => new KafkaError('CODEC_MISSING', 'No codec for zstd.');

  test('ends it without the time that a stop leaves to calls, also where nobody observes it', async () => {
    const calls = pendingAnswers();
    const made = await running(calls.process, { observed: false });
    const ended = made.consumer.stopped.catch((error: unknown) => error);
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    const error = fatal();
    made.transport.listener.failed(error);
    await made.clock.advance(1_000);
    expect(made.consumer.state).toBe('failed');
    expect(await ended).toBe(error);
  });

  test('is the first one, and none after the end', async () => {
    const made = await running(() => consumed);
    const first = fatal();
    for (const error of [first, fatal()]) made.transport.listener.failed(error);
    await expect(made.consumer.stopped).rejects.toBe(first);
    expect(made.kinds('fatal')).toHaveLength(1);
    const stopped = await running(() => consumed);
    await stopped.consumer.stop();
    stopped.transport.listener.failed(fatal());
    await stopped.clock.settle();
    expect([stopped.consumer.state, stopped.consumer.health().failure, stopped.kinds('fatal')]).toEqual(['stopped', null, []]);
  });
});
