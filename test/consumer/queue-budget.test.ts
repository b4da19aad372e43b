import { describe, expect, test } from 'vitest';
import { QueueBudget } from '../../src/consumer/queue-budget.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

/** Three partitions, room for 1,000 bytes in all, records of 100 bytes, and nothing is answered by itself. */
async function threePartitions(): Promise<Rig & { calls: ReturnType<typeof pendingAnswers>['calls'] }> {
  const { calls, process } = pendingAnswers();
  const made = rig(process, { options: { queueTotalBytes: 1_000 }, topics: { orders: { partitions: 3 } } });
  made.transport.firstAssignment = [0, 1, 2].map((partition) => assigned({ epoch: partition + 1, partition, committedOffset: 0 }));
  await made.consumer.start();
  await made.clock.settle();
  return { ...made, calls };
}

function fetched({ transport }: Rig, partition: number, from: number, to: number): string {
  const records = Array.from({ length: to - from }, (_, index) => record(from + index, { partition, value: new Uint8Array(100) }));
  return transport.listener.batch(batchOf(from, to, { epoch: partition + 1, partition, records }));
}

const paused = ({ transport }: Rig): string[] => [...transport.paused].toSorted();

describe('what all partitions may keep in memory together', () => {
  test('holds up those that have something, and never one that has nothing', async () => {
    const life = await threePartitions();
    fetched(life, 0, 0, 6);
    expect(paused(life)).toEqual([]);
    fetched(life, 1, 0, 6);
    expect(paused(life)).toEqual(['orders/1']);
    fetched(life, 0, 6, 7);
    expect(paused(life)).toEqual(['orders/0', 'orders/1']);
    await life.clock.settle();
    // The third may fetch once, and then waits with the others.
    expect(fetched(life, 2, 0, 1)).toBe('accepted');
    expect(paused(life)).toEqual(['orders/0', 'orders/1', 'orders/2']);
    expect(life.kinds('paused')).toMatchObject([{ partition: 1, cause: 'queue' }, { partition: 0 }, { partition: 2 }]);
  });

  test('lets all go on when half is left, also those that are stuck', async () => {
    const life = await threePartitions();
    fetched(life, 0, 0, 3);
    fetched(life, 1, 0, 8);
    fetched(life, 0, 3, 4);
    expect(paused(life)).toEqual(['orders/0', 'orders/1']);
    for (let done = 0; done < 8; done++) {
      await life.clock.settle();
      life.calls.findLast(({ context }) => context.record.partition === 1)?.resolve(consumed);
    }
    await life.clock.settle();
    // Four records of the first partition are left, none of them answered.
    expect(paused(life)).toEqual([]);
  });

  test('is free again when a partition that holds it is taken away', async () => {
    const life = await threePartitions();
    fetched(life, 0, 0, 9);
    fetched(life, 1, 0, 1);
    expect(paused(life)).toEqual(['orders/1']);
    life.transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new Error('gone') as never);
    expect(paused(life)).toEqual([]);
  });
});

test('a user that waits is told once, and nothing of one that has left is counted', () => {
  const budget = new QueueBudget(100);
  const told: string[] = [];
  const user = (name: string): { roomAgain(): void } => ({ roomAgain: () => void told.push(name) });
  const [one, other] = [user('one'), user('other')];
  budget.update(one, 60);
  budget.update(other, 60);
  budget.wait(one);
  budget.wait(other);
  budget.forget(other);
  expect([budget.bytes, told]).toEqual([60, []]);
  budget.update(one, 50);
  budget.update(one, 0);
  expect([budget.bytes, told]).toEqual([0, ['one']]);
});
