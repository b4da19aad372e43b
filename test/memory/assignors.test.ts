import { expect, test } from 'vitest';
import type { Assignor, GroupSubscription } from '../../testing/memory/assignor.ts';
import { rangeAssignor } from '../../testing/memory/range-assignor.ts';
import { roundRobinAssignor } from '../../testing/memory/round-robin-assignor.ts';

function member(memberId: string, topics: readonly string[], groupInstanceId: string | null = null): GroupSubscription {
  return { memberId, groupInstanceId, topics };
}

/** `member: topic/partition ...`, in the order of the members' names. */
function plan(
  assignor: Assignor,
  members: readonly GroupSubscription[],
  counts: Readonly<Record<string, number>>,
): Readonly<Record<string, string>> {
  const parts = assignor.assign(members, new Map(Object.entries(counts)));
  return Object.fromEntries(
    [...parts].map(([memberId, part]) => [
      memberId,
      [...part].flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}${partition}`)).join(' '),
    ]),
  );
}

test('range: topic by topic, the first members get one more', () => {
  const both = ['a', 'b'];
  expect(plan(rangeAssignor, [member('m2', both), member('m1', both)], { a: 3, b: 3 })).toEqual({ m1: 'a0 a1 b0 b1', m2: 'a2 b2' });
  expect(plan(rangeAssignor, [member('m1', both), member('m2', ['b'])], { a: 2, b: 3 })).toEqual({ m1: 'a0 a1 b0 b1', m2: 'b2' });
  expect(plan(rangeAssignor, [member('m1', both), member('m2', both), member('m3', both)], { a: 2 })).toEqual({
    m1: 'a0',
    m2: 'a1',
    m3: '',
  });
  expect(plan(rangeAssignor, [member('m1', ['gone'])], {})).toEqual({ m1: '' });
});

test('round-robin: all partitions in turn, past whoever does not subscribe', () => {
  const both = ['a', 'b'];
  expect(plan(roundRobinAssignor, [member('m2', both), member('m1', both)], { b: 3, a: 3 })).toEqual({ m1: 'a0 a2 b1', m2: 'a1 b0 b2' });
  expect(plan(roundRobinAssignor, [member('m1', ['a']), member('m2', both)], { a: 1, b: 2 })).toEqual({ m1: 'a0', m2: 'b0 b1' });
  expect(plan(roundRobinAssignor, [member('m1', ['a'])], { a: 1, b: 2 })).toEqual({ m1: 'a0' });
});

test('static members keep their order whatever their member ids are', () => {
  const before = [member('x', ['a'], 'i1'), member('b', ['a'], 'i2')];
  const after = [member('a-new', ['a'], 'i2'), member('x', ['a'], 'i1')];
  expect(plan(rangeAssignor, before, { a: 2 })).toEqual({ x: 'a0', b: 'a1' });
  expect(plan(rangeAssignor, after, { a: 2 })).toEqual({ x: 'a0', 'a-new': 'a1' });
});
