import { describe, expect, test } from 'vitest';
import { FetchValve } from '../../src/consumer/fetch-valve.ts';
import { QueueBudget } from '../../src/consumer/queue-budget.ts';
import type { Runtime } from '../../src/consumer/runtime.ts';
import type { Observation } from '../../src/observation.ts';
import { ManualClock } from '../support/manual-clock.ts';

const LIMITS = { queueHighRecords: 10, queueLowRecords: 4, queueHighBytes: 1_000, maxOpenWindow: 50 } as const;
const ID = { topic: 'orders', partition: 0, epoch: 1 } as const;

/** A valve of which a test says what lies behind it. */
function valveOf(given: { readonly pausedByHand?: boolean; readonly budget?: QueueBudget; readonly observed?: boolean } = {}) {
  const behind = { queued: 0, bytes: 0, window: 0, isFetching: true };
  const turns: boolean[] = [];
  const told: string[] = [];
  const observe = (observation: Observation): void => {
    if (observation.kind !== 'paused' && observation.kind !== 'resumed') return;
    const { at, kind, topic, partition, epoch, queued, cause } = observation;
    told.push(`${at} ${kind} ${topic}/${partition}#${epoch} ${queued} ${cause}`);
  };
  const runtime = { clock: new ManualClock(7), member: 'm1', observe: given.observed === false ? null : observe } as unknown as Runtime;
  const valve = new FetchValve(runtime, {
    id: ID,
    order: {
      get queued() {
        return behind.queued;
      },
      get bytes() {
        return behind.bytes;
      },
    },
    ledger: {
      get window() {
        return behind.window;
      },
    },
    limits: LIMITS,
    budget: given.budget ?? new QueueBudget(1_000_000),
    pausedByHand: given.pausedByHand ?? false,
    isFetching: () => behind.isFetching,
    turn: (isOpen) => void turns.push(isOpen),
  });
  return { valve, behind, turns, told };
}

describe('a valve closes', () => {
  test.each([
    ['records', { queued: 9 }, { queued: 10 }, 'queue'],
    ['bytes', { queued: 1, bytes: 999 }, { bytes: 1_000 }, 'queue'],
    ['the window', { queued: 1, window: 49 }, { window: 50 }, 'window'],
  ] as const)('at the limit of %s, and not one before', (_what, before, at, cause) => {
    const { valve, behind, turns, told } = valveOf();
    Object.assign(behind, before);
    valve.filled();
    expect([valve.isOpen, turns]).toEqual([true, []]);
    Object.assign(behind, at);
    valve.filled();
    valve.filled();
    expect([valve.isOpen, turns]).toEqual([false, [false]]);
    expect(told).toEqual([`7 paused orders/0#1 ${behind.queued} ${cause}`]);
  });

  test('when the budget of all is spent, unless nothing of it waits here', () => {
    const budget = new QueueBudget(100);
    const [here, there] = [valveOf({ budget }), valveOf({ budget })];
    Object.assign(here.behind, { queued: 1, bytes: 100 });
    here.valve.filled();
    there.valve.filled();
    expect([here.valve.isOpen, there.valve.isOpen]).toEqual([false, true]);
  });
});

describe('a valve opens', () => {
  test.each([
    ['records', { queued: 10 }, { queued: 5 }, { queued: 4 }],
    ['bytes', { queued: 1, bytes: 1_000 }, { bytes: 501 }, { bytes: 500 }],
    ['the window', { queued: 1, window: 50 }, { window: 26 }, { window: 25 }],
  ] as const)('at the low mark of %s, and not one above', (_what, full, above, low) => {
    const { valve, behind, turns, told } = valveOf();
    Object.assign(behind, full);
    valve.filled();
    Object.assign(behind, above);
    valve.drained();
    expect([valve.isOpen, turns]).toEqual([false, [false]]);
    Object.assign(behind, low);
    valve.drained();
    valve.drained();
    expect([valve.isOpen, turns]).toEqual([true, [false, true]]);
    expect(told).toHaveLength(2);
    expect(told[1]).toContain(`7 resumed orders/0#1 ${behind.queued} `);
  });

  test('not while its partition does not fetch', () => {
    const { valve, behind, turns } = valveOf();
    behind.queued = 10;
    valve.filled();
    Object.assign(behind, { queued: 0, isFetching: false });
    valve.drained();
    expect([valve.isOpen, turns]).toEqual([false, [false]]);
  });

  test('again when others have made room in the budget, and not for one that is over', () => {
    const budget = new QueueBudget(100);
    const [full, waiting, over] = [valveOf({ budget }), valveOf({ budget }), valveOf({ budget })];
    Object.assign(full.behind, { queued: 2, bytes: 90 });
    full.valve.filled();
    for (const each of [waiting, over]) {
      Object.assign(each.behind, { queued: 2, bytes: 20 });
      each.valve.filled();
    }
    for (const each of [waiting, over]) each.valve.drained();
    expect([waiting.valve.isOpen, over.valve.isOpen]).toEqual([false, false]);
    over.valve.end();
    Object.assign(full.behind, { queued: 0, bytes: 0 });
    full.valve.drained();
    expect([waiting.turns, over.turns]).toEqual([[false, true], [false]]); // prettier-ignore
  });
});

describe('a valve and the budget of all', () => {
  test('that holds nothing any more opens, however little room there is', () => {
    const budget = new QueueBudget(100);
    const [full, drained] = [valveOf({ budget }), valveOf({ budget })];
    Object.assign(drained.behind, { queued: 10, bytes: 10 });
    drained.valve.filled();
    Object.assign(full.behind, { queued: 2, bytes: 95 });
    full.valve.filled();
    Object.assign(drained.behind, { queued: 0, bytes: 0 });
    drained.valve.drained();
    expect(drained.turns).toEqual([false, true]);
  });

  test('that was closed for itself, and finds no room when it has drained, is told when there is some', () => {
    const budget = new QueueBudget(100);
    const [full, drained] = [valveOf({ budget }), valveOf({ budget })];
    Object.assign(drained.behind, { queued: 10, bytes: 10 });
    drained.valve.filled();
    Object.assign(full.behind, { queued: 2, bytes: 80 });
    full.valve.filled();
    Object.assign(drained.behind, { queued: 4, bytes: 4 });
    drained.valve.drained();
    expect(drained.turns).toEqual([false]);
    Object.assign(full.behind, { queued: 0, bytes: 0 });
    full.valve.drained();
    expect(drained.turns).toEqual([false, true]);
  });
});

describe('by hand', () => {
  test('it stays closed until that is ended, whatever is full or drained meanwhile', () => {
    const { valve, behind, turns, told } = valveOf();
    valve.setPausedByHand(true);
    behind.queued = 10;
    valve.filled();
    behind.queued = 0;
    valve.drained();
    expect([valve.isOpen, valve.isPausedByHand, turns]).toEqual([false, true, [false]]);
    valve.setPausedByHand(false);
    expect([valve.isOpen, valve.isPausedByHand, turns]).toEqual([true, false, [false, true]]);
    expect(told).toEqual([
      '7 paused orders/0#1 0 hand',
      '7 paused orders/0#1 10 queue',
      '7 resumed orders/0#1 0 queue',
      '7 resumed orders/0#1 0 hand',
    ]);
  });

  test('and one that is full stays closed after it', () => {
    const { valve, behind, turns } = valveOf();
    behind.queued = 10;
    valve.filled();
    valve.setPausedByHand(true);
    valve.setPausedByHand(false);
    expect([valve.isOpen, turns]).toEqual([false, [false]]);
  });

  test('before it begins: it is closed when it does, and turned for nobody before', () => {
    const { valve, behind, turns, told } = valveOf({ pausedByHand: true });
    behind.isFetching = false;
    valve.setPausedByHand(false);
    valve.setPausedByHand(true);
    expect([turns, told]).toEqual([[], []]);
    valve.begin();
    expect([turns, told]).toEqual([[false], ['7 paused orders/0#1 0 hand']]);
    const open = valveOf();
    open.valve.begin();
    expect([open.turns, open.told]).toEqual([[], []]);
  });

  test('it is the same when nobody observes it', () => {
    const { valve, turns } = valveOf({ observed: false });
    valve.setPausedByHand(true);
    valve.setPausedByHand(false);
    expect(turns).toEqual([false, true]);
  });
});
