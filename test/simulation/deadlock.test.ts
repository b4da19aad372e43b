import { describe, expect, it } from 'vitest';
import { EventLoop } from '../../testing/simulation/event-loop.ts';
import { Incarnation } from '../../testing/simulation/incarnation.ts';
import { VirtualClock } from '../../testing/simulation/virtual-clock.ts';

describe('a deadlock', () => {
  it('is nothing scheduled that could change anything', () => {
    const loop = new EventLoop({ startAt: 0 });
    const life = new Incarnation('a#1');
    expect(loop.isDeadlocked(1_000)).toBe(true);
    const timer = new VirtualClock(loop, life).setTimer(500_000, () => {});
    expect(loop.isDeadlocked(1_000)).toBe(false);
    timer.cancel();
    expect(loop.isDeadlocked(1_000)).toBe(true);
    new VirtualClock(loop, life).setTimer(5, () => {});
    life.kill();
    expect(loop.isDeadlocked(1_000)).toBe(true);
  });

  it('does not look at who only watches, nor at what brokers do much later', () => {
    const loop = new EventLoop({ startAt: 0 });
    new VirtualClock(loop, null).setTimer(5, () => {});
    loop.schedule(2_000, null, 'broker deadline', () => {});
    expect(loop.isDeadlocked(1_000)).toBe(true);
    expect(loop.isDeadlocked(2_000)).toBe(false);
  });

  it('is none while a message is on its way, or a handler does real I/O', () => {
    const loop = new EventLoop({ startAt: 0 });
    const message = loop.schedule(5_000, null, 'Fetch', () => {}, { queue: 'to broker' });
    expect(loop.isDeadlocked(1_000)).toBe(false);
    loop.cancel(message);
    const call = { handler: 'orders', record: 'orders/0/0', since: 0 };
    loop.inFlight.begin(call, 0);
    expect(loop.isDeadlocked(1_000)).toBe(false);
    loop.inFlight.end(call);
    expect(loop.isDeadlocked(1_000)).toBe(true);
  });
});
