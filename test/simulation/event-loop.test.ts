import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EventLoop, VIRTUAL_EPOCH_MS } from '../../testing/simulation/event-loop.ts';
import { Incarnation } from '../../testing/simulation/incarnation.ts';
import { VirtualClock } from '../../testing/simulation/virtual-clock.ts';

function advance(loop: EventLoop, durationMs: number): Promise<void> {
  return loop.drive({ condition: () => false, limitAt: loop.now + durationMs, expired: () => null, describe: () => 'time to pass' });
}

function until(loop: EventLoop, condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  return loop.drive({ condition, limitAt: loop.now + withinMs, expired: () => new Error('too late'), describe: () => 'the condition' });
}

describe('the event loop', () => {
  test('runs events by time, and first in first out at the same time', async () => {
    const loop = new EventLoop();
    const seen: string[] = [];
    for (const [delayMs, name] of [
      [20, 'c'],
      [10, 'a'],
      [10, 'b'],
      [0, 'first'],
    ] as const) {
      loop.schedule(loop.now + delayMs, null, name, () => seen.push(`${name}@${loop.now - VIRTUAL_EPOCH_MS}`));
    }
    await advance(loop, 20);
    expect(seen).toEqual(['first@0', 'a@10', 'b@10', 'c@20']);
    expect(loop.now).toBe(VIRTUAL_EPOCH_MS + 20);
    expect(loop.trace().map(({ what }) => what)).toEqual(['first', 'a', 'b', 'c']);
  });

  test('an hour costs nothing', async () => {
    const loop = new EventLoop();
    const realStart = performance.now();
    await advance(loop, 3_600_000);
    expect(loop.now).toBe(VIRTUAL_EPOCH_MS + 3_600_000);
    expect(performance.now() - realStart).toBeLessThan(1_000);
  });

  test('stands still between two drives', async () => {
    const loop = new EventLoop();
    let fired = false;
    loop.schedule(loop.now, null, 'event', () => (fired = true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(fired).toBe(false);
    await advance(loop, 0);
    expect(fired).toBe(true);
  });

  test('settles the promises of one event before the next event', async () => {
    const loop = new EventLoop();
    const seen: string[] = [];
    loop.schedule(loop.now, null, 'one', () => {
      void (async () => {
        for (let depth = 0; depth < 50; depth += 1) await null;
        seen.push('promises of one');
      })();
    });
    loop.schedule(loop.now, null, 'two', () => seen.push('two'));
    await advance(loop, 1);
    expect(seen).toEqual(['promises of one', 'two']);
  });

  test('a cancelled event does not happen, and ten thousand of them leave the rest in order', async () => {
    const loop = new EventLoop();
    const seen: number[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      const delayMs = (index * 7_919) % 1_000;
      const event = loop.schedule(loop.now + delayMs, null, 'event', () => seen.push(delayMs));
      if (index % 10 !== 0) loop.cancel(event);
      loop.cancel(loop.schedule(loop.now, null, 'gone', () => seen.push(-1)));
    }
    await advance(loop, 1_000);
    expect(seen).toHaveLength(1_000);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  });

  test('several drives at once: each ends at its own time', async () => {
    const loop = new EventLoop();
    const ends: number[] = [];
    await Promise.all(
      [30, 10, 20].map(async (durationMs) => {
        await advance(loop, durationMs);
        ends.push(loop.now - VIRTUAL_EPOCH_MS);
      }),
    );
    expect(ends).toEqual([10, 20, 30]);
  });

  test('an asynchronous condition', async () => {
    const loop = new EventLoop();
    let value = 0;
    loop.schedule(loop.now + 5, null, 'event', () => (value = 1));
    await until(loop, async () => value === 1);
    expect(loop.now).toBe(VIRTUAL_EPOCH_MS + 5);
  });

  test('a condition that throws, an event that throws, a limit that passes: the drive rejects', async () => {
    const loop = new EventLoop();
    await expect(
      until(loop, () => {
        throw new Error('fatal of the consumer');
      }),
    ).rejects.toThrow('fatal of the consumer');
    await expect(
      until(loop, async () => {
        throw new Error('asynchronous');
      }),
    ).rejects.toThrow('asynchronous');
    loop.schedule(loop.now, null, 'event', () => {
      throw new Error('defect');
    });
    await expect(until(loop, () => false)).rejects.toThrow('defect');
    loop.schedule(loop.now + 100, null, 'event', () => {});
    await expect(until(loop, () => false, 50)).rejects.toThrow('too late');
    expect(loop.now).toBe(VIRTUAL_EPOCH_MS + 50);
  });

  test('nothing left that could happen is an error, not a hang', async () => {
    const loop = new EventLoop();
    await expect(until(loop, () => false, Number.POSITIVE_INFINITY)).rejects.toThrow(/Nothing is left that could happen.*the condition/);
  });

  test('after close nothing happens', async () => {
    const loop = new EventLoop();
    const waiting = until(loop, () => false);
    loop.schedule(loop.now + 1, null, 'event', () => expect.unreachable());
    loop.close();
    await expect(waiting).rejects.toThrow('closed');
    await expect(advance(loop, 10)).rejects.toThrow('closed');
  });
});

describe('a clock of an incarnation', () => {
  test('timers, yields and cancelling', async () => {
    const loop = new EventLoop();
    const clock = new VirtualClock(loop, null);
    const seen: string[] = [];
    clock.setTimer(10, () => seen.push('timer'));
    clock.setTimer(5, () => seen.push('cancelled')).cancel();
    clock.yield(() => seen.push('yield'));
    expect(seen).toEqual([]);
    await advance(loop, 10);
    expect(seen).toEqual(['yield', 'timer']);
    expect(() => clock.setTimer(Number.NaN, () => {})).toThrow(RangeError);
  });

  test('a killed one fires nothing, and what its leftovers try is written down', async () => {
    const loop = new EventLoop();
    const owner = new Incarnation('m1#1');
    const clock = new VirtualClock(loop, owner);
    clock.setTimer(10, () => expect.unreachable());
    owner.kill();
    clock.setTimer(20, () => expect.unreachable());
    clock.yield(() => expect.unreachable());
    await advance(loop, 100);
    expect(owner.staleEffects).toEqual(['set a timer of 20 ms', 'yielded']);
  });
});

describe('real I/O of a handler call', () => {
  const call = { handler: 'orders', record: 'orders/0/7', since: VIRTUAL_EPOCH_MS };

  test('virtual time does not move past it', async () => {
    const loop = new EventLoop();
    loop.inFlight.begin(call, 0);
    let finishedAt = -1;
    void readFile(import.meta.filename).then(() => {
      finishedAt = loop.now;
      loop.inFlight.end(call);
    });
    await advance(loop, 1_000);
    expect(finishedAt).toBe(VIRTUAL_EPOCH_MS);
  });

  test('a call that waits for virtual time lets it pass', async () => {
    const loop = new EventLoop({ watchdogMs: 20 });
    loop.inFlight.begin(call, 1);
    await advance(loop, 1_000);
    expect(loop.now).toBe(VIRTUAL_EPOCH_MS + 1_000);
  });

  test('one that hangs is named, and time has not moved', async () => {
    const loop = new EventLoop({ watchdogMs: 20 });
    loop.inFlight.begin(call, 0);
    await expect(advance(loop, 1_000)).rejects.toThrow(/handler of orders has not settled record orders\/0\/7.*2026-01-01T00:00:00.000Z/);
    expect(loop.now).toBe(VIRTUAL_EPOCH_MS);
  });
});

describe('silent events', () => {
  test('follow one another at once, and whoever waits for a promise goes first after any other', async () => {
    const order: string[] = [];
    const loop = new EventLoop();
    const settles = (name: string) => () => {
      order.push(name);
      void Promise.resolve().then(() => order.push(`after ${name}`));
    };
    loop.schedule(loop.now, null, 'loud', settles('loud'));
    loop.schedule(loop.now, null, 'silent', settles('silent'), { silent: true });
    loop.schedule(loop.now, null, 'next', settles('next'));
    await advance(loop, 10);
    expect(order).toEqual(['loud', 'after loud', 'silent', 'next', 'after silent', 'after next']);
  });

  test('wait as any other does where they have stirred somebody', async () => {
    const order: string[] = [];
    const loop = new EventLoop();
    const stirs = (): void => {
      loop.stir();
      void Promise.resolve().then(() => order.push('told'));
    };
    loop.schedule(loop.now, null, 'silent', stirs, { silent: true });
    loop.schedule(loop.now, null, 'next', () => order.push('next'));
    await advance(loop, 10);
    expect(order).toEqual(['told', 'next']);
  });

  test('let the platform have its turn now and then', async () => {
    const loop = new EventLoop();
    let count = 0;
    let seen: number | null = null;
    const again = (): void => {
      count += 1;
      loop.schedule(loop.now, null, 'silent', again, { silent: true });
    };
    again();
    const waiting = loop.drive({ condition: () => seen !== null, limitAt: loop.now + 1, expired: () => null, describe: () => 'a turn' });
    setImmediate(() => {
      seen = count;
    });
    await waiting;
    expect(seen).toBeLessThan(2_000);
  });
});
