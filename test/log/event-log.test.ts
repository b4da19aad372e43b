import { beforeEach, describe, expect, test } from 'vitest';
import { EventLog, MOST_KINDS } from '../../src/log/event-log.ts';
import { silentLogger } from '../../src/logger.ts';
import { recordingLogger } from '../support/consumer-rig.ts';
import type { LogLine } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let lines: LogLine[];
let log: EventLog;

beforeEach(() => {
  clock = new ManualClock();
  lines = [];
  log = new EventLog(recordingLogger(lines), clock);
});

const rejected = (offset: number, reason = 'too-old', topic = 'orders'): void =>
  log.fold('record-rejected', reason, { topic, partition: 0, offset, reason }, 'Record rejected');
const written = (): readonly (readonly unknown[])[] =>
  lines.splice(0).map(({ data, message }) => [data['topic'], data['reason'], data['offset'], data['folded'], message]);

test('a line has the name and the level of its event', () => {
  log.write('partition-halted', { topic: 'orders', partition: 1, code: 'COMMIT_REFUSED' }, 'halted');
  expect(lines).toEqual([
    { level: 'error', data: { event: 'partition-halted', topic: 'orders', partition: 1, code: 'COMMIT_REFUSED' }, message: 'halted' },
  ]);
});

describe('a storm', () => {
  test('of 100,000 equal lines is the first one, and one every ten seconds with how many there were', async () => {
    for (let offset = 0; offset < 100_000; offset++) {
      rejected(offset);
      if (offset % 4_000 === 0) await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect(written()).toEqual([
      ['orders', 'too-old', 0, undefined, 'Record rejected'],
      ['orders', 'too-old', 36_000, 36_000, 'Record rejected (36000 times within 10 s)'],
      ['orders', 'too-old', 76_000, 40_000, 'Record rejected (40000 times within 10 s)'],
      ['orders', 'too-old', 99_999, 23_999, 'Record rejected (23999 times within 10 s)'],
    ]);
    expect(clock.timerCount).toBe(0);
  });

  test('after ten quiet seconds the next line is a first one again', async () => {
    rejected(1);
    await clock.advance(10_000);
    rejected(2);
    expect(written()).toEqual([
      ['orders', 'too-old', 1, undefined, 'Record rejected'],
      ['orders', 'too-old', 2, undefined, 'Record rejected'],
    ]);
  });

  test('a single further line is written as it was, at the end of the window', async () => {
    rejected(1);
    rejected(2);
    await clock.advance(10_000);
    expect(written().at(-1)).toEqual(['orders', 'too-old', 2, 1, 'Record rejected']);
  });

  test('a timer that comes late loses nothing, and nothing overtakes it', async () => {
    rejected(1);
    rejected(2);
    clock.pass(15_000);
    rejected(3);
    expect(written()).toHaveLength(1);
    await clock.settle();
    expect(written()).toEqual([['orders', 'too-old', 3, 2, 'Record rejected (2 times within 10 s)']]);
  });

  test('other reasons, other topics and other events are other lines', () => {
    rejected(1);
    rejected(2, 'no-good');
    rejected(3, 'too-old', 'payments');
    log.fold('handler-failed', 'too-old', { topic: 'orders', offset: 4 }, 'Handler failed');
    expect(written().map(([, , offset]) => offset)).toEqual([1, 2, 3, 4]);
  });

  test('of ever new kinds is bounded: beyond the limit they are folded by their event alone', async () => {
    for (let kind = 0; kind < MOST_KINDS + 500; kind++) rejected(kind, `reason-${kind}`);
    log.fold('handler-failed', 'TypeError', { topic: 'orders', offset: 1 }, 'Handler failed');
    // The thousand, the first one beyond, and the other event.
    expect(lines.length).toBe(MOST_KINDS + 2);
    lines.length = 0;
    await clock.advance(10_000);
    expect(written()).toEqual([['orders', 'reason-1499', 1_499, 499, 'Record rejected (499 times within 10 s)']]);
    await clock.advance(10_000);
    rejected(1, 'another');
    expect(written()).toHaveLength(1);
  });
});

test('a close writes what is folded, and keeps nothing waiting; later lines come as they are', async () => {
  rejected(1);
  rejected(2);
  rejected(3);
  log.close();
  expect(written().map(([, , offset, count]) => [offset, count])).toEqual([
    [1, undefined],
    [3, 2],
  ]);
  expect(clock.timerCount).toBe(0);
  rejected(4);
  rejected(5);
  expect(written().map(([, , offset]) => offset)).toEqual([4, 5]);
});

test('where nobody reads, nothing is kept', () => {
  const silent = new EventLog(silentLogger, clock);
  for (let offset = 0; offset < 10; offset++) silent.fold('record-rejected', 'x', { offset }, 'Record rejected');
  expect(clock.timerCount).toBe(0);
});
