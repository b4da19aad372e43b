import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import { KafkaError } from '../../src/errors.ts';
import type { AssignedPartition } from '../../src/transport.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';
import { logged, told } from '../support/told.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 } as const;
const EVICTED = new KafkaError('PARTITION_LOST', 'evicted');

async function begun(process: Process, first: Partial<AssignedPartition> = {}, options: RigOptions = {}): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0, ...first })];
  void made.consumer.start().catch(() => undefined);
  await made.clock.settle();
  return made;
}

const phases = ({ consumer }: Rig): readonly string[] => consumer.health().partitions.map(({ phase }) => phase);

describe.each(['partition', 'key'] as const)('a handler whose own call ends its assignment, in %s order', (ordering) => {
  test.each<[how: string, end: () => Action]>([
    ['answers', () => consumed],
    [
      'throws',
      () => {
        throw new Error('too late');
      },
    ],
  ])('%s into the void', async (_how, end) => {
    const made: Rig = await begun(
      () => {
        made.transport.listener.lost([AT], EVICTED);
        return end();
      },
      {},
      { handler: { ordering } },
    );
    made.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await made.clock.advance(5_000);
    expect(told(made).slice(5)).toEqual([
      '0 m1 delivered orders/0#1 {"offset":0,"attempt":1}',
      '0 m1 lost orders/0#1 {}',
      '0 m1 stale-result orders/0#1 {"offset":0,"attempt":1}',
    ]);
    expect(made.delivered).toEqual([0]);
    expect(made.transport.sent).toEqual([]);
    expect(made.clock.timerCount).toBe(0);
  });
});

describe('a topic id', () => {
  async function again(...ids: readonly (string | null)[]): Promise<Rig> {
    const [first = null, ...later] = ids;
    const made = await begun(() => consumed, { topicId: first, committedOffset: 3 });
    for (const [index, topicId] of later.entries()) {
      made.transport.listener.lost([{ ...AT, epoch: index + 1 }], EVICTED);
      made.transport.assign([assigned({ epoch: index + 2, committedOffset: 3, topicId })]);
      await made.clock.settle();
    }
    return made;
  }

  test.each([
    ['the same again', ['t1', 't1'], 'active'],
    ['another', ['t1', 't2'], 'halted'],
    ['none, where it was known', ['t1', null], 'active'],
    ['known now', [null, 't1'], 'active'],
    ['another, after one that was not told', ['t1', null, 't2'], 'halted'],
  ] as const)('%s', async (_what, ids, phase) => {
    expect(phases(await again(...ids))).toEqual([phase]);
  });
});

describe('joined', () => {
  test('is told again of another member id in the same generation', async () => {
    const made = await begun(() => consumed);
    made.transport.listener.assigned({ memberId: 'member-1', generation: 1, partitions: [] });
    made.transport.listener.assigned({ memberId: 'member-2', generation: 1, partitions: [] });
    expect(made.kinds('joined')).toMatchObject([
      { memberId: 'member-1', generation: 1 },
      { memberId: 'member-2', generation: 1 },
    ]);
  });
});

describe('a partition without a handler', () => {
  test('stores nothing, not even its start', async () => {
    const made = await begun(() => consumed, { committedOffset: null }, { handlers: new Map() });
    await made.clock.advance(10_000);
    expect(phases(made)).toEqual(['halted']);
    expect(made.transport.sent).toEqual([]);
  });
});

describe('a halt by the transport’s mistakes', () => {
  test.each<[what: string, mistake: (made: Rig) => void]>([
    [
      'that are never of the position',
      ({ transport }) => {
        for (let time = 0; time < 6; time += 1) transport.batch(batchOf(50, 51, { epoch: 1 }));
      },
    ],
    [
      'out of order',
      ({ transport }) =>
        void transport.batch({ ...batchOf(2, 4, { epoch: 1 }), records: batchOf(2, 4, { epoch: 1 }).records.toReversed() }),
    ],
  ])('batches %s: what was done before is committed', async (_what, mistake) => {
    const made = await begun(() => consumed);
    const { clock, transport } = made;
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.advance(50);
    transport.batch(batchOf(1, 2, { epoch: 1 }));
    await clock.advance(50);
    expect(transport.committed).toEqual(['orders/0@1']);
    mistake(made);
    await clock.advance(1_000);
    expect(phases(made)).toEqual(['halted']);
    expect(transport.committed).toEqual(['orders/0@1', 'orders/0@2']);
  });
});

describe('the end of an assignment with a grace', () => {
  test.each([
    [400, 300],
    [10_000, 9_000],
  ])('of %i ms leaves the last quarter, and a second at most, to the commit: calls have %i', async (graceMs, quietMs) => {
    const late = pendingAnswers();
    const made = await begun(late.process);
    made.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await made.clock.settle();
    void made.transport.listener.revoked([AT], { graceMs });
    const isAborted = (): boolean | undefined => late.calls[0]?.context.signal.aborted;
    await made.clock.advance(quietMs - 1);
    expect(isAborted()).toBe(false);
    // Nothing is left to commit, so nothing is waited for after it.
    await made.clock.advance(1);
    expect(isAborted()).toBe(true);
  });

  test('keeps what is halted halted, and drains what only starts', async () => {
    const halted = await begun(() => consumed);
    halted.transport.listener.outOfRange({ ...AT, fetchedFrom: 0, logStartOffset: 0, logEndOffset: -1 });
    await halted.clock.settle();
    void halted.transport.listener.revoked([AT], { graceMs: 100 });
    expect(phases(halted)).toEqual(['halted']);

    const starting = rig(() => consumed);
    starting.transport.defaultAnswer = 'manual';
    starting.transport.firstAssignment = [assigned({ epoch: 1 })];
    void starting.consumer.start().catch(() => undefined);
    await starting.clock.settle();
    expect(phases(starting)).toEqual(['starting']);
    void starting.transport.listener.revoked([AT], { graceMs: 100 });
    expect(phases(starting)).toEqual(['draining']);
    starting.transport.sent[0]?.answer('acknowledged');
    await starting.clock.settle();
    expect(starting.transport.fetches).toEqual([]);
  });
});

describe('what a partition waits for', () => {
  test('is nothing before its record was tried, the next attempt while it backs off, and nothing again after it', async () => {
    const made = await begun(({ offset }, { attempt }) => (offset === 0 && attempt === 1 ? skipped(100) : consumed));
    const blocked = (): unknown => made.consumer.health().partitions[0]?.blocked;
    expect(blocked()).toBe(null);
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    expect(blocked()).toEqual({ offset: 0, attempt: 1, failures: 0, skips: 1, nextAttemptAt: 1_000_100, lastProblem: 'skipped' });
    await made.clock.advance(100);
    expect(blocked()).toBe(null);
    // The group and the partition; a skip is no line.
    expect(logged(made)).toHaveLength(2);
  });
});
