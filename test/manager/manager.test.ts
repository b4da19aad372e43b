import { setTimeout as realDelay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import type { KafkaConfigInput } from '../../src/config/kafka-config.ts';
import { KafkaError } from '../../src/errors.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { Observation } from '../../src/observation.ts';
import { consumed, handlerOf, pendingAnswers, recordingLogger } from '../support/consumer-rig.ts';
import type { LogLine, Process } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport, assigned, batchOf } from '../support/scripted-transport.ts';

function setUp(process: Process = () => consumed, input: KafkaConfigInput = {}) {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const logs: LogLine[] = [];
  const observations: Observation[] = [];
  const config = kafkaConfig({ enabled: true, groupId: 'billing', autoOffsetReset: 'earliest', ...input });
  const manager = new KafkaManager(config, {
    transport,
    clock,
    random: { next: () => 0.5 },
    logger: recordingLogger(logs),
    observers: [(observation) => void observations.push(observation)],
  });
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  return { clock, transport, logs, observations, manager, handler: handlerOf(process) };
}

/** What a promise comes to, be it an error. */
async function outcome(clock: ManualClock, promise: Promise<unknown>): Promise<unknown> {
  const caught = promise.catch((error: unknown) => error);
  await clock.settle();
  return caught;
}

test('a transport belongs to one manager: the second one is told so, and does not close it', async () => {
  const { clock, transport, manager, handler } = setUp();
  await outcome(clock, manager.register(handler).start());
  const config = kafkaConfig({ enabled: true });
  const second = new KafkaManager(config, { transport, clock, logger: recordingLogger([]) });
  expect(await outcome(clock, second.start())).toMatchObject({
    code: 'MANAGER_STATE',
    message: expect.stringContaining('another manager'),
  });
  expect(transport.calls).not.toContain('close');
});

describe('register', () => {
  test('one handler per topic', () => {
    const { manager, handler } = setUp();
    manager.register(handler);
    expect(() => manager.register(handlerOf(() => consumed, { topics: ['returns', 'orders'] }))).toThrow(
      expect.objectContaining({ code: 'HANDLER_DUPLICATE', message: expect.stringContaining('orders') }),
    );
    expect(manager.health().topics).toEqual(['orders']);
  });

  test('not after the start', async () => {
    const { clock, manager, handler } = setUp();
    await outcome(clock, manager.register(handler).start());
    expect(() => manager.register(handlerOf(() => consumed, { topics: ['returns'] }))).toThrow(
      expect.objectContaining({ code: 'MANAGER_STATE' }),
    );
  });

  test('nothing but a handler', () => {
    const { manager } = setUp();
    expect(() => manager.register({} as never)).toThrow(expect.objectContaining({ code: 'HANDLER_INVALID' }));
  });
});

describe('start', () => {
  test('connects, joins, delivers, commits; stop leaves and closes, in this order', async () => {
    const { clock, transport, manager, handler, logs } = setUp();
    expect(manager.health()).toMatchObject({ state: 'new', consumer: null });
    expect(await outcome(clock, manager.register(handler).start())).toBeUndefined();
    expect(manager.health()).toMatchObject({ state: 'running', consumer: { state: 'running', groupId: 'billing' } });
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.advance(1_000);
    expect(transport.committed).toEqual(['orders/0@3']);
    expect(await outcome(clock, manager.stop())).toEqual({ open: [] });
    expect(transport.calls).toEqual(['connect', 'describeTopics', 'createConsumer', 'start', 'commit', 'stop', 'close']);
    await expect(manager.stopped).resolves.toBeUndefined();
    expect(manager.health().state).toBe('stopped');
    expect(logs).toContainEqual(expect.objectContaining({ level: 'info', message: 'Kafka manager started' }));
  });

  test('the configuration reaches the transport and the observations', async () => {
    const { clock, transport, manager, handler, observations } = setUp(() => consumed, {
      clientId: 'shop',
      sessionTimeoutMs: 12_000,
      heartbeatIntervalMs: 1_500,
      maxWaitTimeMs: 77,
      isolationLevel: 'read_uncommitted',
    });
    await outcome(clock, manager.register(handler).start());
    expect(transport.options).toMatchObject({
      groupId: 'billing',
      topics: ['orders'],
      sessionTimeoutMs: 12_000,
      heartbeatIntervalMs: 1_500,
      maxWaitTimeMs: 77,
      isolationLevel: 'read_uncommitted',
    });
    expect(observations[0]).toMatchObject({ kind: 'started', member: 'shop#1' });
  });

  test('does nothing when Kafka is not enabled, and says so', async () => {
    const { clock, transport, manager, handler, logs } = setUp(() => consumed, { enabled: false });
    expect(await outcome(clock, manager.register(handler).start())).toBeUndefined();
    expect(transport.calls).toEqual([]);
    expect(manager.health().state).toBe('disabled');
    expect(logs).toContainEqual(expect.objectContaining({ message: expect.stringContaining('KAFKA_ENABLED') }));
    expect(() => manager.producer()).toThrow(expect.objectContaining({ code: 'KAFKA_DISABLED' }));
    await outcome(clock, manager.stop());
    await expect(manager.stopped).resolves.toBeUndefined();
  });

  test('once only, also after a stop', async () => {
    const { clock, manager, handler } = setUp();
    await outcome(clock, manager.register(handler).start());
    expect(await outcome(clock, manager.start())).toMatchObject({ code: 'MANAGER_STATE', message: expect.stringContaining('running') });
    await outcome(clock, manager.stop());
    expect(await outcome(clock, manager.start())).toMatchObject({ code: 'MANAGER_STATE', message: expect.stringContaining('stopped') });
  });

  test('KAFKA_TOPICS that does not agree with the handlers: the message says how', async () => {
    const { clock, manager, handler, transport } = setUp(() => consumed, { topics: ['orders', 'returns'] });
    expect(await outcome(clock, manager.register(handler).start())).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/KAFKA_TOPICS.*returns has no handler/),
    });
    expect(transport.calls).not.toContain('connect');
    await expect(manager.stopped).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('a handler without a group', async () => {
    const { clock, manager, handler } = setUp(() => consumed, { groupId: null });
    expect(await outcome(clock, manager.register(handler).start())).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('KAFKA_CONSUMER_GROUP_ID'),
    });
  });

  test('without handlers there is a producer and no consumer', async () => {
    const { clock, manager, transport } = setUp(() => consumed, { groupId: null });
    await outcome(clock, manager.start());
    expect(manager.health()).toMatchObject({ state: 'running', consumer: null });
    const sent = manager.producer().send('orders', { key: 'a', value: 'b' });
    await clock.advance(1_000);
    expect(await sent).toMatchObject({ topic: 'orders', offset: 0 });
    expect(transport.calls).not.toContain('createConsumer');
  });

  test('an unreachable broker: the error comes through, is logged, and everything is closed', async () => {
    const { clock, manager, handler, transport, logs } = setUp();
    transport.connectWork = () =>
      Promise.reject(new KafkaError('BROKER_UNREACHABLE', 'No broker at localhost:9092: connection refused. Is Kafka running?'));
    expect(await outcome(clock, manager.register(handler).start())).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(logs).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('localhost:9092') }));
    expect(transport.calls.at(-1)).toBe('close');
    expect(manager.health()).toMatchObject({ state: 'failed', failure: { code: 'BROKER_UNREACHABLE' } });
    await expect(manager.stopped).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  });

  test('a connection that never comes is a START_TIMEOUT that names the brokers', async () => {
    const { clock, manager, handler, transport } = setUp();
    transport.connectWork = () => new Promise(() => {});
    const started = manager
      .register(handler)
      .start({ timeoutMs: 2_000 })
      .catch((error: unknown) => error);
    await clock.advance(2_000);
    expect(await started).toMatchObject({ code: 'START_TIMEOUT', message: expect.stringContaining('localhost:9092') });
    expect(transport.calls.at(-1)).toBe('close');
  });

  test('a group that does not let us in is a START_TIMEOUT that names the group', async () => {
    const { clock, manager, handler, transport } = setUp();
    transport.firstAssignment = null;
    const started = manager
      .register(handler)
      .start({ timeoutMs: 2_000 })
      .catch((error: unknown) => error);
    await clock.advance(2_000);
    expect(await started).toMatchObject({ code: 'START_TIMEOUT', message: expect.stringContaining('billing') });
    expect(transport.calls.slice(-2)).toEqual(['stop', 'close']);
  });

  test('an unknown topic', async () => {
    const { clock, manager } = setUp();
    expect(await outcome(clock, manager.register(handlerOf(() => consumed, { topics: ['odrers'] })).start())).toMatchObject({
      code: 'UNKNOWN_TOPIC',
      message: expect.stringContaining('odrers'),
    });
  });

  test('stopped while it starts', async () => {
    const { clock, manager, handler, transport } = setUp();
    transport.firstAssignment = null;
    const started = manager
      .register(handler)
      .start()
      .catch((error: unknown) => error);
    await clock.settle();
    expect(await outcome(clock, manager.stop())).toEqual({ open: [] });
    expect(await started).toMatchObject({ code: 'MANAGER_STATE' });
    await expect(manager.stopped).resolves.toBeUndefined();
    expect(transport.calls.at(-1)).toBe('close');
  });

  test.each(['before', 'while'] as const)('aborted %s it connects', async (when) => {
    const { clock, manager, handler, transport } = setUp();
    transport.connectWork = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    const controller = new AbortController();
    if (when === 'before') controller.abort(new Error('no'));
    const started = manager
      .register(handler)
      .start({ signal: controller.signal })
      .catch((error: unknown) => error);
    await clock.settle();
    controller.abort(new Error('no'));
    await clock.settle();
    expect(manager.health().state).toBe('failed');
    expect(await started).toMatchObject({ code: 'MANAGER_STATE', cause: { message: 'no' } });
    expect(transport.calls).toEqual(when === 'before' ? ['close'] : ['connect', 'close']);
  });

  test('stopped while it connects: the transport is not closed before the start has let go of it', async () => {
    const { clock, manager, handler, transport } = setUp();
    const connecting = Promise.withResolvers<void>();
    transport.connectWork = () => connecting.promise;
    const started = manager
      .register(handler)
      .start()
      .catch((error: unknown) => error);
    await clock.settle();
    const stopping = manager.stop();
    await clock.settle();
    expect(transport.calls).toEqual(['connect']);
    connecting.resolve();
    await clock.settle();
    await stopping;
    expect(await started).toMatchObject({ code: 'MANAGER_STATE' });
    expect(transport.calls).toEqual(['connect', 'close']);
  });

  test('the warnings of the configuration are logged', async () => {
    const { clock, manager, handler, logs } = setUp(() => consumed, { sessionTimeoutMs: 6_000 });
    await outcome(clock, manager.register(handler).start());
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('30000') }));
  });
});

describe('stop', () => {
  test('of a manager that never started', async () => {
    const { clock, manager, transport } = setUp();
    expect(await outcome(clock, manager.stop())).toEqual({ open: [] });
    expect(transport.calls).toEqual([]);
    expect(await outcome(clock, manager.start())).toMatchObject({ code: 'MANAGER_STATE' });
  });

  test('twice: the second shortens the deadline', async () => {
    const calls = pendingAnswers();
    const { clock, transport, manager, handler } = setUp(calls.process);
    await outcome(clock, manager.register(handler).start());
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    const first = manager.stop();
    await clock.advance(5_000);
    expect(manager.health().state).toBe('stopping');
    void manager.stop({ deadlineMs: 0 });
    await clock.settle();
    expect((await first).open).toHaveLength(1);
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
  });

  test('by `await using`', async () => {
    const { clock, transport, manager, handler } = setUp();
    await outcome(clock, manager.register(handler).start());
    await outcome(clock, manager[Symbol.asyncDispose]());
    expect(transport.calls.at(-1)).toBe('close');
  });

  test('what was given to the producer is sent before the transport closes, and no more after', async () => {
    const { clock, transport, manager, handler } = setUp();
    await outcome(clock, manager.register(handler).start());
    const sent = manager.producer().send('orders', { value: 'last words' });
    await outcome(clock, manager.stop());
    expect(await sent).toMatchObject({ topic: 'orders' });
    expect(transport.calls.at(-1)).toBe('close');
    expect(() => manager.producer()).toThrow(expect.objectContaining({ code: 'MANAGER_STATE' }));
  });
});

describe('a fatal error', () => {
  test('is logged, closes everything and is told by `stopped`', async () => {
    const { clock, transport, manager, handler, logs } = setUp();
    await outcome(clock, manager.register(handler).start());
    transport.listener.failed(new KafkaError('CODEC_MISSING', 'npm install snappyjs'));
    await clock.settle();
    await expect(manager.stopped).rejects.toMatchObject({ code: 'CODEC_MISSING' });
    expect(transport.calls.at(-1)).toBe('close');
    expect(manager.health()).toMatchObject({ state: 'failed', failure: { code: 'CODEC_MISSING' } });
    expect(logs.filter(({ level, message }) => level === 'error' && message.includes('snappyjs')).length).toBeGreaterThan(0);
    expect(await outcome(clock, manager.stop())).toEqual({ open: [] });
  });
});

describe('run', () => {
  test('starts, stops at the first signal gracefully, at the second at once, and leaves no listener', async () => {
    const calls = pendingAnswers();
    const { clock, transport, manager, handler } = setUp(calls.process);
    const before = process.listenerCount('SIGUSR2');
    const ran = manager.register(handler).run({ signals: ['SIGUSR2'] });
    await clock.settle();
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    process.kill(process.pid, 'SIGUSR2');
    await vi.waitUntil(() => manager.health().state === 'stopping');
    await clock.advance(1_000);
    expect(calls.calls[0]?.context.signal.aborted).toBe(false);
    process.kill(process.pid, 'SIGUSR2');
    await vi.waitUntil(async () => (await clock.settle(), manager.health().state === 'stopped'));
    await ran;
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
    expect(process.listenerCount('SIGUSR2')).toBe(before);
    expect(clock.timerCount).toBe(0);
  });

  test('when Kafka is not enabled it keeps the process alive until the signal', async () => {
    const { clock, manager, handler } = setUp(() => consumed, { enabled: false });
    const ran = manager.register(handler).run({ signals: ['SIGUSR2'] });
    await clock.settle();
    expect(manager.health().state).toBe('disabled');
    expect(clock.timerCount).toBe(1);
    process.kill(process.pid, 'SIGUSR2');
    await vi.waitUntil(async () => (await clock.settle(), manager.health().state === 'stopped'));
    await ran;
    expect(clock.timerCount).toBe(0);
  });

  test('a signal during the start ends it without an error', async () => {
    const { clock, transport, manager, handler } = setUp();
    transport.firstAssignment = null;
    const ran = manager.register(handler).run({ signals: ['SIGUSR2'] });
    await clock.settle();
    process.kill(process.pid, 'SIGUSR2');
    await vi.waitUntil(async () => (await clock.settle(), manager.health().state === 'stopped'));
    await expect(ran).resolves.toBeUndefined();
  });

  test('rejects when the start fails, and when a fatal error ends it', async () => {
    const failing = setUp();
    failing.transport.connectWork = () => Promise.reject(new KafkaError('BROKER_UNREACHABLE', 'refused'));
    expect(await outcome(failing.clock, failing.manager.register(failing.handler).run({ signals: ['SIGUSR2'] }))).toMatchObject({
      code: 'BROKER_UNREACHABLE',
    });

    const dying = setUp();
    const ran = dying.manager
      .register(dying.handler)
      .run({ signals: ['SIGUSR2'] })
      .catch((error: unknown) => error);
    await dying.clock.settle();
    dying.transport.listener.failed(new KafkaError('CODEC_MISSING', 'npm install snappyjs'));
    await dying.clock.settle();
    expect(await ran).toMatchObject({ code: 'CODEC_MISSING' });
  });
});

test('`stopped` that nobody looks at is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  const { clock, transport, manager, handler } = setUp();
  await outcome(clock, manager.register(handler).start());
  transport.listener.failed(new KafkaError('CODEC_MISSING', 'npm install snappyjs'));
  await clock.settle();
  await realDelay(10);
  process.off('unhandledRejection', listener);
  expect(unhandled).toEqual([]);
  expect(manager.health().state).toBe('failed');
});
