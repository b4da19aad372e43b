import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/consumer/ledger.ts';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';
import { logged, told } from '../support/told.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 } as const;

async function begun(given: RigOptions = {}, process = () => consumed): Promise<Rig> {
  const made = rig(process, given);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 4 })];
  void made.consumer.start().catch(() => undefined);
  await made.clock.settle();
  return made;
}

describe('the ledger says what was wrong', () => {
  test.each<[message: string, wrong: () => unknown]>([
    ['A ledger starts at an offset from 0 to 2^53 − 1, not at -3.', () => new Ledger(-3)],
    ['Sequence 0 is not open; open ones are within [0, 0).', () => new Ledger(5).complete(0)],
    ['The position cannot move from 5 back to 4.', () => new Ledger(5).passOver(4)],
    [
      'The transport handed over offset 6 where 8 or more was due: a batch is in offset order and has nothing below the fetched offset 5.',
      () => new Ledger(5).accept({ fetchedFrom: 5, nextOffset: 9, records: [{ offset: 7 }, { offset: 6 }] }),
    ],
    [
      'The transport handed over a batch with next offset 7, expected 8 or more and at most 2^53 − 1.',
      () => new Ledger(5).accept({ fetchedFrom: 5, nextOffset: 7, records: [{ offset: 7 }] }),
    ],
  ])('%s', (message, wrong) => {
    expect(wrong).toThrow(expect.objectContaining({ message }));
  });
});

describe('a call that still runs is told why it should stop', () => {
  test('its partition was revoked', async () => {
    const late = pendingAnswers();
    const made = rig(late.process);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    void made.transport.listener.revoked([AT], { graceMs: 100 });
    await made.clock.advance(200);
    expect(late.calls[0]?.context.signal.reason).toMatchObject({
      code: 'PARTITION_LOST',
      message: 'orders/0 was revoked: another member may own it now.',
    });
  });

  test('its partition was lost, and why', async () => {
    const late = pendingAnswers();
    const made = rig(late.process);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    const cause = new KafkaError('CONSUMER_FAILED', 'evicted');
    made.transport.listener.lost([AT], cause);
    expect(late.calls[0]?.context.signal.reason).toMatchObject({
      code: 'PARTITION_LOST',
      message: 'orders/0 was lost: another member may own it now.',
      cause,
    });
  });
});

describe.each([{ observed: true }, { observed: false }])('what the transport reports is passed on (%j)', ({ observed }) => {
  test('a warning', async () => {
    const made = await begun({ observed });
    made.transport.listener.warning?.(new KafkaError('BROKER_UNREACHABLE', 'a broker is away'));
    expect(logged(made).slice(2)).toEqual([
      'warn {"event":"consumer-warning","code":"BROKER_UNREACHABLE"} a broker is away (KafkaError: a broker is away)',
    ]);
    expect(told(made).slice(4)).toEqual(observed ? ['0 m1 warning {} a broker is away'] : []);
  });

  test('records that were removed', async () => {
    const made = await begun({ observed });
    made.transport.listener.outOfRange({ ...AT, fetchedFrom: 4, logStartOffset: 10, logEndOffset: 20 });
    await made.clock.settle();
    expect(logged(made).slice(2)).toEqual([
      'warn {"event":"records-removed","topic":"orders","partition":0,"from":4,"to":10} Records were removed by retention or a deletion before they were delivered',
    ]);
    expect(told(made)[4]).toBe(observed ? '0 m1 range-removed orders/0#1 {"from":4,"to":10}' : undefined);
    expect(made.transport.fetches.at(-1)).toEqual({ ...AT, offset: 10 });
  });

  test('a partition that nobody has a handler for', async () => {
    const made = await begun({ observed, handlers: new Map() });
    const message =
      'No handler for topic orders: a record of it must not be lost, so the partition is halted. Register a handler, or do not subscribe to the topic.';
    expect(logged(made).slice(2)).toEqual([
      `error {"event":"partition-halted","topic":"orders","partition":0,"code":"HANDLER_MISSING"} Partition halted: ${message} (KafkaError: ${message})`,
    ]);
    expect(made.transport.fetches).toEqual([]);
    expect(made.transport.committed).toEqual([]);
  });

  test('an assignment of an ended epoch: nothing', async () => {
    const made = await begun({ observed });
    const before = logged(made);
    made.transport.listener.outOfRange({ ...AT, epoch: 7, fetchedFrom: 4, logStartOffset: 10, logEndOffset: 20 });
    expect(made.transport.batch(batchOf(4, 5, { epoch: 7 }))).toBe('dropped');
    await made.clock.settle();
    expect(logged(made)).toEqual(before);
    expect(made.transport.fetches).toHaveLength(1);
  });
});

test.each([
  ['is not of its position', { fetchedFrom: 99, logStartOffset: 0, logEndOffset: 20 }],
  ['was removed', { fetchedFrom: 4, logStartOffset: 10, logEndOffset: 20 }],
])('a partition that is lost just after it was told that what it asked for %s asks for nothing more', async (_why, range) => {
  const made = await begun();
  const fetches = made.transport.fetches.length;
  made.transport.listener.outOfRange({ ...AT, ...range });
  made.transport.listener.lost([AT], new KafkaError('GROUP_FENCED', 'gone'));
  await made.clock.settle();
  expect(made.transport.fetches.slice(fetches)).toEqual([]);
});

test('what comes after a stop has begun is not taken on', async () => {
  const late = pendingAnswers();
  const made = rig(late.process);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  made.transport.batch(batchOf(0, 2, { epoch: 1 }));
  await made.clock.settle();
  void made.consumer.stop();
  await made.clock.settle();
  made.transport.assign([assigned({ epoch: 2, partition: 1, committedOffset: 0 })]);
  expect(made.transport.batch(batchOf(0, 1, { epoch: 2, partition: 1 }))).toBe('dropped');
  late.calls[0]?.resolve(consumed);
  await made.clock.advance(1_000);
  expect(made.delivered).toEqual([0]);
  expect(made.transport.fetches.map(({ partition }) => partition)).toEqual([0]);
  expect(made.kinds('assigned')).toHaveLength(1);
});
