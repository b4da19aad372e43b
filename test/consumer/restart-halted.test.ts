import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';
import { logged } from '../support/told.ts';

const AT = { topic: 'orders', partition: 0 } as const;

/** Halted by batches that are never of the position, with three records of which the first is being handled. */
async function halted(process: Process, given: RigOptions = {}): Promise<Rig> {
  const made = rig(process, { ...given, options: { maxDiscontinuities: 1, ...given.options } });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  made.transport.batch(batchOf(0, 3, { epoch: 1 }));
  await made.clock.settle();
  for (let time = 0; time < 2; time++) {
    made.transport.batch(batchOf(7, 8, { epoch: 1 }));
    await made.clock.settle();
  }
  expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', halted: { code: 'PROTOCOL' } }]);
  return made;
}

describe('a partition that was halted and has lost nothing', () => {
  test('goes on when somebody wants another try: with what waits, fetched from the position, and says so in the log', async () => {
    const { calls, process } = pendingAnswers();
    const made = await halted(process);
    calls[0]?.resolve(consumed);
    await made.clock.advance(1_000);
    expect(made.delivered).toEqual([0]);
    expect([...made.transport.paused]).toEqual(['orders/0']);
    const fetches = made.transport.fetches.length;
    expect(made.consumer.retryHalted(AT)).toBe(1);
    await made.clock.settle();
    expect(made.delivered).toEqual([0, 1]);
    expect([...made.transport.paused]).toEqual([]);
    expect(made.transport.fetches.slice(fetches)).toEqual([{ ...AT, epoch: 1, offset: 3 }]);
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'active', halted: null }]);
    expect(logged(made).at(-1)).toBe('warn {"event":"partition-resumed","topic":"orders","partition":0} Partition resumed by hand');
    expect(made.transport.batch(batchOf(3, 4, { epoch: 1 }))).toBe('accepted');
  });

  test('counts anew how often the transport brings what was not asked for', async () => {
    const made = await halted(() => consumed);
    made.consumer.retryHalted(AT);
    made.transport.batch(batchOf(7, 8, { epoch: 1 }));
    await made.clock.settle();
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'active' }]);
    made.transport.batch(batchOf(7, 8, { epoch: 1 }));
    await made.clock.settle();
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted' }]);
  });

  test('stays closed while it is full or paused by hand', async () => {
    const full = await halted(pendingAnswers().process, { options: { queueHighRecords: 3, queueLowRecords: 1 } });
    expect(full.consumer.retryHalted(AT)).toBe(1);
    expect([...full.transport.paused]).toEqual(['orders/0']);
    const paused = await halted(() => consumed);
    paused.consumer.pause([{ topic: 'orders' }]);
    expect(paused.consumer.retryHalted(AT)).toBe(1);
    await paused.clock.settle();
    expect([...paused.transport.paused]).toEqual(['orders/0']);
  });

  test('does not go on because a pause by hand ends', async () => {
    const { calls, process } = pendingAnswers();
    const made = await halted(process);
    made.consumer.pause([{ topic: 'orders' }]);
    made.consumer.resume([{ topic: 'orders' }]);
    calls[0]?.resolve(consumed);
    await made.clock.advance(1_000);
    expect(made.delivered).toEqual([0]);
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', pausedByHand: false }]);
    made.consumer.retryHalted(AT);
    await made.clock.settle();
    expect(made.delivered).toEqual([0, 1]);
  });

  test('does not go on while it is being taken away, and only once', async () => {
    const { process } = pendingAnswers();
    const made = await halted(process);
    expect(made.consumer.retryHalted({ ...AT, offset: 0 })).toBe(0);
    void made.transport.listener.revoked([{ ...AT, epoch: 1 }], { graceMs: 1_000 });
    expect(made.consumer.retryHalted(AT)).toBe(0);
    const other = await halted(process);
    expect([other.consumer.retryHalted(AT), other.consumer.retryHalted(AT)]).toEqual([1, 0]);
  });
});

test('a partition whose log is another one does not go on', async () => {
  const made = rig(() => consumed);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  made.transport.batch(batchOf(0, 1, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 3 }] }));
  made.transport.batch(batchOf(1, 2, { epoch: 1, leaderEpochs: [{ from: 1, leaderEpoch: 2 }] }));
  expect(made.consumer.retryHalted(AT)).toBe(0);
  expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } }]);
});

describe('what somebody decides or reads about the whole consumer', () => {
  test('a pause and a resumption by hand stand in the log with what they are of', async () => {
    const made = rig(() => consumed);
    made.consumer.pause([{ topic: 'orders', partition: 0 }]);
    made.consumer.resume([{ topic: 'orders' }]);
    expect(logged(made)).toEqual([
      'info {"event":"paused-by-hand","selection":[{"topic":"orders","partition":0}]} Paused by hand; nothing of it is delivered until it is resumed',
      'info {"event":"resumed-by-hand","selection":[{"topic":"orders"}]} Resumed by hand',
    ]);
    expect(() => made.consumer.resume([{ topic: 'nowhere' }])).toThrow(expect.objectContaining({ code: 'HANDLER_MISSING' }));
  });

  test('a ledger that is not believed stands in the log with its partition and the reason', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 5, committedMetadata: 'by hand' })];
    void made.consumer.start();
    await made.clock.settle();
    expect(logged(made)).toContain(
      'info {"event":"ledger-ignored","topic":"orders","partition":0,"reason":"foreign"} The metadata of the commit is not believed; records above it are delivered again',
    );
  });

  test('warnings of different codes of Kafka are lines of their own, and the same one is folded', async () => {
    const made = rig(() => consumed);
    void made.consumer.start();
    await made.clock.settle();
    const warn = (kafkaCode: string): void => {
      const { listener } = made.transport;
      listener.warning(new KafkaError('BROKER_UNREACHABLE', `no answer: ${kafkaCode}`, { kafkaCode }));
    };
    for (const kafkaCode of ['NOT_COORDINATOR', 'NOT_COORDINATOR', 'DISK_FULL']) warn(kafkaCode);
    const lines = made.logs.filter(({ data }) => data.event === 'consumer-warning').map(({ message }) => message);
    expect(lines).toEqual(['no answer: NOT_COORDINATOR', 'no answer: DISK_FULL']);
  });

  test('a transport that rejects a start with what is no error of ours ends it with CONSUMER_FAILED and that as the cause', async () => {
    const made = rig(() => consumed);
    const { transport } = made;
    const create = transport.createConsumer.bind(transport);
    const cause = new TypeError('nobody foresaw this');
    transport.createConsumer = (options, listener) => ({ ...create(options, listener), start: () => Promise.reject(cause) });
    await expect(made.consumer.start()).rejects.toBe(cause);
    await expect(made.consumer.stopped).rejects.toMatchObject({ code: 'CONSUMER_FAILED', message: 'The consumer could not start.', cause });
    expect(made.consumer.health().failure).toMatchObject({ code: 'CONSUMER_FAILED' });
  });

  test('a handler with dead letters and no place for them is refused, by its topic', () => {
    const deadLetter = { topic: 'dead' };
    expect(() => rig(() => consumed, { handler: { topics: ['orders', 'payments'], deadLetter } })).toThrow(
      expect.objectContaining({
        code: 'HANDLER_INVALID',
        message: expect.stringContaining('The handler of orders, payments has dead letters'),
      }),
    );
  });
});
