import { expect, test } from 'vitest';
import { GatesOfHandlers } from '../../src/consumer/gates-of-handlers.ts';
import { consumed, handlerOf } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';

const NO_LIMITS = { concurrency: null, rateLimit: null } as const;
const ONE_A_SECOND = { recordsPerSecond: 1, burst: 1 } as const;

test('a handler without limits, in a process without any, passes no gate', () => {
  const gates = new GatesOfHandlers(new ManualClock(), NO_LIMITS);
  expect(gates.of(handlerOf(() => consumed))).toBe(null);
  expect(gates.of(handlerOf(() => consumed, { concurrency: 2 }))).not.toBe(null);
});

test('a handler has the same gates whenever it is asked for, and those of the process behind its own', () => {
  const gates = new GatesOfHandlers(new ManualClock(), { concurrency: null, rateLimit: { recordsPerSecond: 100, burst: 7 } });
  const [limited, free] = [handlerOf(() => consumed, { rateLimit: { recordsPerSecond: 100, burst: 4 } }), handlerOf(() => consumed)];
  expect(gates.of(limited)).toBe(gates.of(limited));
  expect([gates.of(limited)?.mostAtOnce, gates.of(free)?.mostAtOnce]).toEqual([4, 7]);
});

test('once they are closed nobody is called any more, at the gates of a handler and of the process, and no timer is left', async () => {
  const handler = handlerOf(() => consumed, { rateLimit: ONE_A_SECOND });
  for (const [limits, asks] of [
    [NO_LIMITS, handler],
    [{ concurrency: null, rateLimit: ONE_A_SECOND }, handlerOf(() => consumed)],
  ] as const) {
    const clock = new ManualClock();
    const gates = new GatesOfHandlers(clock, limits);
    const called: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => ({ gateOpened: () => void called.push(name) }));
    const own = gates.of(asks);
    if (own === null || first === undefined || second === undefined) throw new Error('no gates, no visitors');
    expect([own.enter(first, 1), own.enter(second, 1)]).toEqual([1, 0]);
    own.turnOver(second);
    expect(clock.timerCount).toBe(1);
    gates.close();
    expect(clock.timerCount).toBe(0);
    own.leave();
    await clock.advance(10_000);
    expect(called).toEqual([]);
  }
});
