import { describe, expect, test } from 'vitest';
import { HandlerCall } from '../../src/consumer/handler-calls.ts';
import { Lanes, RunningLanes } from '../../src/consumer/lane.ts';
import type { LaneKey } from '../../src/consumer/lane.ts';

const callOf = (...lanes: readonly LaneKey[]): HandlerCall => new HandlerCall([], lanes, { abort: () => {} });

/** What has resolved by now, in order. */
function notes(): { readonly of: (what: string, promise: Promise<void>) => void; readonly now: () => Promise<readonly string[]> } {
  const seen: string[] = [];
  return {
    of: (what, promise) => void promise.then(() => seen.push(what)),
    now: async () => {
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      return seen.splice(0);
    },
  };
}

describe('the running calls of a partition', () => {
  test('are waited for all, not for the first that settles, and again when others run later', async () => {
    const lanes = new RunningLanes();
    const [a, b] = [callOf('a'), callOf('b')];
    const resolved = notes();
    lanes.enter(a);
    lanes.enter(b);
    resolved.of('first', lanes.whenFree());
    lanes.leave(a);
    expect(await resolved.now()).toEqual([]);
    lanes.leave(b);
    expect(await resolved.now()).toEqual(['first']);
    lanes.enter(a);
    resolved.of('second', lanes.whenFree());
    expect(await resolved.now()).toEqual([]);
    lanes.leave(a);
    expect(await resolved.now()).toEqual(['second']);
    resolved.of('third', lanes.whenFree());
    expect(await resolved.now()).toEqual(['third']);
  });

  test('are waited for in every partition', async () => {
    const all = new Lanes();
    const [a, b] = [callOf('a'), callOf('b')];
    const resolved = notes();
    all.of('orders', 0).enter(a);
    all.of('orders', 1).enter(b);
    resolved.of('all', all.whenFree());
    all.of('orders', 0).leave(a);
    expect(await resolved.now()).toEqual([]);
    all.of('orders', 1).leave(b);
    expect(await resolved.now()).toEqual(['all']);
  });
});
