import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Timer } from '../../testing/broker/timer-queue.ts';
import { TimerQueue } from '../../testing/broker/timer-queue.ts';

test('timers run by time, then in the order in which they were set, and not when cancelled', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ atMs: fc.nat(20), cancels: fc.option(fc.nat(30)) }), { maxLength: 300 }),
      fc.array(fc.nat(25)),
      (plan, steps) => {
        const queue = new TimerQueue();
        const ran: number[] = [];
        const timers: Timer[] = [];
        const cancelled = new Set<number>();
        for (const [index, { atMs, cancels }] of plan.entries()) {
          timers.push(queue.schedule(atMs, () => ran.push(index)));
          if (cancels !== null && cancels < timers.length) {
            queue.cancel(timers[cancels] as Timer);
            cancelled.add(cancels);
          }
        }
        const expected = plan
          .flatMap(({ atMs }, index) => (cancelled.has(index) ? [] : [{ atMs, index }]))
          .sort((left, right) => left.atMs - right.atMs || left.index - right.index);
        let now = 0;
        for (const step of [...steps, 1_000]) {
          now += step;
          expect(queue.nextDeadline()).toBe(expected[ran.length]?.atMs ?? null);
          for (let due = queue.takeDue(now); due !== null; due = queue.takeDue(now)) due.run();
          expect(ran).toEqual(expected.filter(({ atMs }) => atMs <= now).map(({ index }) => index));
        }
      },
    ),
  );
});
