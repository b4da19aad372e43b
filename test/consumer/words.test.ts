/** Small pure parts, word for word: what they say is what an operator has. */
import { describe, expect, test } from 'vitest';
import { completeConsumerOptions } from '../../src/consumer/consumer-options.ts';
import { DeliveryContext } from '../../src/consumer/delivery-context.ts';
import { describeFailure } from '../../src/consumer/failure.ts';
import { describeAnswer, isKnownAction, isThenable } from '../../src/consumer/handler-answer.ts';
import { NO_HANDLER, missingHandler } from '../../src/consumer/no-handler.ts';
import { combineObservers } from '../../src/consumer/observers.ts';
import { OpenRecord } from '../../src/consumer/open-record.ts';
import { logFailure, logSkip } from '../../src/consumer/record-log.ts';
import { resolveStart } from '../../src/consumer/start.ts';
import { ACTION } from '../../src/action.ts';
import { KafkaError } from '../../src/errors.ts';
import type { HandlerContext } from '../../src/handler.ts';
import { EventLog, FOLD_WINDOW_MS } from '../../src/log/event-log.ts';
import type { Logger } from '../../src/logger.ts';
import type { Observation } from '../../src/observation.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import { systemClock } from '../../src/system-clock.ts';
import { consumed, recordingLogger, rig } from '../support/consumer-rig.ts';
import type { LogLine } from '../support/consumer-rig.ts';
import { record } from '../support/scripted-transport.ts';

describe('an answer that is none', () => {
  test.each([
    [undefined, 'undefined (a missing return?)'],
    [null, 'null'],
    [() => consumed, 'a function (consume instead of consume()?)'],
    [{}, 'an object that is no action'],
    [7, 'a number'],
    ['done', 'a string'],
  ])('%s is %s', (answer, words) => {
    expect(describeAnswer(answer)).toBe(words);
    expect(isKnownAction(answer)).toBe(false);
    expect(isThenable(answer)).toBe(false);
  });

  test('of a kind that only a later version knows', () => {
    expect(isKnownAction({ [ACTION]: true, type: 'postpone' })).toBe(false);
    expect(['consume', 'skip', 'reject'].map((type) => isKnownAction({ [ACTION]: true, type }))).toEqual([true, true, true]);
  });

  test('a promise of any make is one', () => {
    expect(isThenable({ then: () => undefined })).toBe(true);
    expect(isThenable({ then: true })).toBe(false);
    expect(isThenable(Object.assign(() => undefined, { then: () => undefined }))).toBe(false);
  });
});

describe('a failure in health', () => {
  test.each<[unknown, string]>([
    [new KafkaError('PROTOCOL', 'secret'), 'PROTOCOL'],
    [new TypeError('secret'), 'TypeError'],
    [Object.assign(new Error('secret'), { name: '' }), 'Error'],
    [Object.assign(new Error('secret'), { name: 7 }), 'Error'],
    [Object.assign(new Error('secret'), { name: 'x'.repeat(100) }), 'x'.repeat(64)],
    ['secret', 'thrown string'],
    [null, 'thrown null'],
    [undefined, 'thrown undefined'],
  ])('%s is %s', (error, words) => {
    expect(describeFailure(error)).toBe(words);
  });
});

test('of the failures of a record the first is logged, and those of a power of ten', () => {
  const lines: LogLine[] = [];
  // Each in a window of its own, so that nothing is folded.
  let now = 0;
  const log = new EventLog(recordingLogger(lines), {
    now: () => (now += FOLD_WINDOW_MS),
    setTimer: () => ({ cancel: () => {} }),
    yield: () => {},
  });
  for (let failures = 1; failures <= 100; failures += 1) logFailure(log, record(4), failures + 1, failures, 'no luck');
  expect(lines).toEqual(
    [
      [1, 'Handler failed; the record holds its lane and is delivered again'],
      [10, 'Handler still fails; the record holds its lane'],
      [100, 'Handler still fails; the record holds its lane'],
    ].map(([failures, message]) => ({
      level: 'error',
      data: { event: 'handler-failed', topic: 'orders', partition: 0, offset: 4, attempt: Number(failures) + 1, failures, err: 'no luck' },
      message,
    })),
  );
});

test('of the Skips of a record the tenth is logged, and those of a higher power of ten, with a reason that was given', () => {
  const lines: LogLine[] = [];
  let now = 0;
  const log = new EventLog(recordingLogger(lines), {
    now: () => (now += FOLD_WINDOW_MS),
    setTimer: () => ({ cancel: () => {} }),
    yield: () => {},
  });
  const open = new OpenRecord(record(4), 0);
  for (open.skips = 1; open.skips <= 100; open.skips += 1) {
    open.attempt = open.skips;
    logSkip(log, open, open.skips < 50 ? 'store busy' : null);
  }
  expect(lines.map(({ level, data, message }) => [level, data, message])).toEqual(
    [
      [10, 'store busy'],
      [100, null],
    ].map(([skips, reason]) => [
      'warn',
      { event: 'record-skipped', topic: 'orders', partition: 0, offset: 4, attempt: skips, skips, reason },
      'The record is skipped again and again; it holds its lane',
    ]),
  );
});

describe('options', () => {
  test('the bounds themselves are within', () => {
    const least = {
      commitIntervalMs: 0,
      commitMaxRecords: 1,
      queueHighRecords: 1,
      queueLowRecords: 0,
      queueHighBytes: 1,
      maxDiscontinuities: 1,
    };
    const most = {
      commitIntervalMs: 60_000,
      commitMaxRecords: 10_000_000,
      queueHighRecords: 1_000_000,
      queueLowRecords: 999_999,
      queueHighBytes: 2 ** 30,
      maxDiscontinuities: 100,
    };
    for (const options of [least, most]) expect(completeConsumerOptions({ groupId: 'billing', ...options })).toMatchObject(options);
  });

  test('what is wrong is named, all of it, in one sentence', () => {
    expect(() => completeConsumerOptions({ groupId: '', commitIntervalMs: 60_001, maxDiscontinuities: 1.5, queueHighRecords: 5 })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message:
          'Consumer options: commitIntervalMs is 60001, expected a whole number from 0 to 60000; ' +
          'maxDiscontinuities is 1.5, expected a whole number from 1 to 100; ' +
          'queueLowRecords is 2500, expected less than queueHighRecords, 5; groupId is empty, expected the name of a consumer group.',
      }),
    );
  });
});

describe('the limit of calls at a time', () => {
  test.each([1, 2, 100_000, null])('may be %s', (concurrency) => {
    expect(completeConsumerOptions({ groupId: 'billing', concurrency })).toMatchObject({ concurrency });
  });

  test.each([0, -1, 1.5, 100_001, Number.NaN, '2' as unknown as number])('may not be %s', (concurrency) => {
    expect(() => completeConsumerOptions({ groupId: 'billing', concurrency })).toThrow(
      `Consumer options: concurrency is ${concurrency}, expected a whole number from 1 to 100000, or null for no limit.`,
    );
  });
});

test('what stands where a handler should be loses no record, should it ever be called', () => {
  expect(() => NO_HANDLER.process(record(4), {} as HandlerContext)).toThrow(
    expect.objectContaining({ code: 'HANDLER_MISSING', details: { topic: 'orders', partition: 0 } }),
  );
});

describe('where an epoch cannot start', () => {
  const log = {
    topic: 'orders',
    partition: 0,
    groupId: 'billing',
    logStartOffset: 10,
    logEndOffset: 20,
    reset: 'earliest',
    topicReplaced: false,
    firstStartLogEnd: null,
  } as const;

  test('above the log end', () => {
    expect(resolveStart({ ...log, committedOffset: 21 })).toMatchObject({
      kind: 'halt',
      error: {
        code: 'OFFSET_OUT_OF_RANGE',
        message:
          "Group billing stands at offset 21 of orders/0, above its log end 20: the topic was made again or truncated. The partition is halted; set the group's offset by hand once you know what was lost.",
        details: { topic: 'orders', partition: 0, groupId: 'billing', offset: 21, logStartOffset: 10, logEndOffset: 20 },
      },
    });
  });

  test('below the log start, with the reset none', () => {
    expect(resolveStart({ ...log, reset: 'none', committedOffset: 4 })).toMatchObject({
      kind: 'fatal',
      error: { details: { topic: 'orders', partition: 0, groupId: 'billing', offset: 4, logStartOffset: 10, logEndOffset: 20 } },
    });
  });

  test('in a topic that was made again', () => {
    expect(resolveStart({ ...log, topicReplaced: true, committedOffset: 12 })).toMatchObject({
      kind: 'halt',
      error: {
        code: 'OFFSET_OUT_OF_RANGE',
        message:
          "orders was made again while this consumer ran, and the offset 12 that group billing has stored for partition 0 may be of the old topic. The partition is halted; set the group's offset by hand.",
        details: { topic: 'orders', partition: 0, groupId: 'billing', offset: 12 },
      },
    });
  });

  test('a negative offset counts as none, with a warning', () => {
    expect(resolveStart({ ...log, committedOffset: -1 })).toMatchObject({
      kind: 'start',
      offset: 10,
      warning: {
        code: 'OFFSET_OUT_OF_RANGE',
        message: 'Group billing has the offset -1 stored for orders/0, as some clients do when they run out of range. It counts as none.',
        details: { topic: 'orders', partition: 0, groupId: 'billing', offset: -1 },
      },
    });
  });
});

test('a missing handler tells where', () => {
  expect(missingHandler({ topic: 'orders', partition: 3 })).toMatchObject({
    code: 'HANDLER_MISSING',
    details: { topic: 'orders', partition: 3 },
  });
});

describe('observers', () => {
  const observation: Observation = { at: 1, member: 'm1', kind: 'started' };

  test('all of them are told, also when one throws, which is logged once', () => {
    const lines: LogLine[] = [];
    const seen: string[] = [];
    const error = new Error('full');
    const observe = combineObservers(
      [
        () => void seen.push('first'),
        () => {
          throw error;
        },
        () => void seen.push('last'),
      ],
      new EventLog(recordingLogger(lines), systemClock),
    );
    observe?.(observation);
    observe?.(observation);
    expect(seen).toEqual(['first', 'last', 'first', 'last']);
    expect(lines).toEqual([
      {
        level: 'error',
        data: { event: 'observer-failed', err: error, kind: 'started' },
        message: 'An observer threw; further errors of it are not logged',
      },
    ]);
  });

  test('of nobody there is nothing to call', () => {
    expect(combineObservers([], new EventLog(recordingLogger([]), systemClock))).toBe(null);
  });
});

describe('the context of a delivery', () => {
  test('has its logger, its producer, and one signal with the first reason', () => {
    const children: unknown[] = [];
    const logger: Logger = {
      ...recordingLogger([]),
      child: (bindings) => {
        children.push(bindings);
        return logger;
      },
    };
    const producer = {} as RecordProducer;
    const context = new DeliveryContext({ clock: { now: () => 1, sleep: () => Promise.resolve() }, logger, producer }, record(4), 2, 1);
    expect([context.logger, context.logger]).toEqual([logger, logger]);
    expect(children).toEqual([{ topic: 'orders', partition: 0, offset: 4, attempt: 2 }]);
    expect(context.producer).toBe(producer);
    expect(context.signal).toBe(context.signal);
    const [first, second] = [new Error('first'), new Error('second')];
    context.abort(first);
    context.abort(second);
    expect(context.signal.reason).toBe(first);
  });

  test('that was aborted before anybody looked', () => {
    const services = {
      clock: { now: () => 1, sleep: () => Promise.resolve() },
      logger: recordingLogger([]),
      producer: {} as RecordProducer,
    };
    const context = new DeliveryContext(services, record(4), 1, 0);
    const [first, second] = [new Error('first'), new Error('second')];
    context.abort(first);
    context.abort(second);
    expect(context.signal.reason).toBe(first);
  });
});

describe('a start that comes to nothing', () => {
  const failing = async (given: { readonly failure?: Error; readonly signal?: AbortSignal }) => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = null;
    if (given.failure !== undefined) made.transport.adminFailures = Array.from({ length: 3 }, () => given.failure as Error);
    const outcome = made.consumer.start(given.signal === undefined ? {} : { signal: given.signal }).catch((error: unknown) => error);
    await made.clock.settle();
    return { made, outcome };
  };

  test.each(['AUTHENTICATION_FAILED', 'CONFIG_INVALID', 'UNSUPPORTED', 'PEER_MISSING'] as const)('%s is not asked again', async (code) => {
    const { made, outcome } = await failing({ failure: new KafkaError(code, 'no') });
    expect(await outcome).toMatchObject({ code });
    expect(made.transport.calls).toEqual(['describeTopics']);
  });

  test('what may pass is logged, and asked again', async () => {
    const failure = new KafkaError('BROKER_UNREACHABLE', 'away');
    const { made } = await failing({ failure });
    expect(made.logs).toEqual([
      {
        level: 'warn',
        data: { event: 'start-retried', err: failure },
        message: 'The cluster could not be asked for topics and offsets; trying again',
      },
    ]);
    await made.clock.advance(250);
    expect(made.transport.calls).toEqual(['describeTopics', 'describeTopics']);
  });

  test('aborted before it began', async () => {
    const { outcome } = await failing({ signal: AbortSignal.abort(new Error('changed my mind')) });
    expect(await outcome).toMatchObject({
      code: 'MANAGER_STATE',
      message: 'The start was aborted.',
      cause: { message: 'changed my mind' },
    });
  });

  test('in time names its limit', async () => {
    const { made, outcome } = await failing({});
    await made.clock.advance(30_000);
    expect(await outcome).toMatchObject({ code: 'START_TIMEOUT', details: { groupId: 'billing', timeoutMs: 30_000 } });
  });

  test('stopped before it was done', async () => {
    const { made, outcome } = await failing({});
    void made.consumer.stop();
    await made.clock.settle();
    expect(await outcome).toMatchObject({ message: 'The consumer was stopped before it had started.' });
  });

  test('twice', async () => {
    const { made } = await failing({});
    await expect(made.consumer.start()).rejects.toMatchObject({ message: 'A consumer starts once; this one is starting.' });
  });
});

test('a fatal error is logged by its code, and a second one says nothing more', async () => {
  const made = rig(() => consumed);
  void made.consumer.start();
  await made.clock.settle();
  const fatal = new KafkaError('CONSUMER_FAILED', 'the client died');
  made.transport.listener.failed(fatal);
  made.transport.listener.failed(new KafkaError('CONSUMER_FAILED', 'again'));
  await made.clock.settle();
  await expect(made.consumer.stopped).rejects.toBe(fatal);
  expect(made.kinds('fatal')).toEqual([{ at: 1_000_000, member: 'm1', kind: 'fatal', error: fatal }]);
  expect(made.logs.filter(({ level }) => level === 'error')).toEqual([
    {
      level: 'error',
      data: { event: 'consumer-failed', code: 'CONSUMER_FAILED', err: fatal },
      message: 'Consumer failed: the client died',
    },
  ]);
});

test('a client that cannot be stopped is logged, and the stop ends', async () => {
  const made = rig(() => consumed);
  const stuck = new Error('socket gone');
  made.transport.stopWork = () => Promise.reject(stuck);
  void made.consumer.start();
  await made.clock.settle();
  const report = made.consumer.stop();
  await made.clock.settle();
  expect(await report).toEqual({ open: [] });
  expect(made.logs.slice(1)).toEqual([
    { level: 'warn', data: { event: 'client-stop-failed', err: stuck }, message: "The transport's consumer could not be stopped" },
    { level: 'info', data: { event: 'consumer-stopped' }, message: 'Consumer stopped; nothing was open' },
  ]);
});
