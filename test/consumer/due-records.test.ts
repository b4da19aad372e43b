import { describe, expect, test } from 'vitest';
import { DueRecords } from '../../src/consumer/due-records.ts';
import { OpenRecord } from '../../src/consumer/open-record.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { record } from '../support/scripted-transport.ts';

function waiting(): {
  readonly clock: ManualClock;
  readonly due: DueRecords;
  readonly told: number[][];
  wait(offset: number, delayMs: number): OpenRecord;
} {
  const clock = new ManualClock();
  const told: number[][] = [];
  const due = new DueRecords(clock, (opens) => void told.push([...opens].map((open) => open.record.offset)));
  const wait = (offset: number, delayMs: number): OpenRecord => {
    const open = new OpenRecord(record(offset), offset);
    open.retryAt = clock.now() + delayMs;
    due.add(open, delayMs);
    return open;
  };
  return { clock, due, told, wait };
}

describe('records that wait for their time', () => {
  test('are told together where it is the same, whenever they began to wait', async () => {
    const { clock, due, told, wait } = waiting();
    wait(0, 100);
    wait(1, 50);
    await clock.advance(40);
    const third = wait(2, 60);
    expect([due.count, clock.timerCount]).toEqual([3, 2]);
    await clock.advance(60);
    expect(told).toEqual([[1], [0, 2]]);
    expect([due.count, third.retryAt, clock.timerCount]).toEqual([0, null, 0]);
    wait(3, 0);
    await clock.settle();
    expect(told.at(-1)).toEqual([3]);
  });

  test('can be taken out: the others of its time come all the same, and nobody waits for nothing', async () => {
    const { clock, due, told, wait } = waiting();
    const [first, second, alone] = [wait(0, 100), wait(1, 100), wait(2, 200)];
    due.remove(first);
    due.remove(first);
    due.remove(alone);
    expect([due.count, clock.timerCount]).toEqual([1, 1]);
    due.remove(new OpenRecord(record(9), 9));
    await clock.advance(1_000);
    expect([told, due.count]).toEqual([[[1]], 0]);
    due.remove(second);
    expect(due.count).toBe(0);
  });

  test('are forgotten with their epoch', async () => {
    const { clock, due, told, wait } = waiting();
    wait(0, 100);
    wait(1, 200);
    due.clear();
    expect([due.count, clock.timerCount]).toEqual([0, 0]);
    await clock.advance(1_000);
    expect(told).toEqual([]);
  });

  test('come at a time that another one was taken out of, or that was forgotten', async () => {
    const { clock, due, told, wait } = waiting();
    due.remove(wait(0, 100));
    wait(1, 100);
    await clock.advance(100);
    expect(told).toEqual([[1]]);
    wait(2, 100);
    due.clear();
    wait(3, 100);
    await clock.advance(100);
    expect([told, due.count]).toEqual([[[1], [3]], 0]);
  });
});
