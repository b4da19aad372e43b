import { describe, expect, it } from 'vitest';
import { EventLoop } from '../../testing/simulation/event-loop.ts';

/** Three events at one time, two of them of one connection; the order in which they happened. */
async function orderWith(
  choices: readonly number[],
  decisionLimit = 0,
): Promise<{ readonly order: string; readonly counts: readonly number[] }> {
  const loop = new EventLoop({ startAt: 0, choices, decisionLimit });
  let order = '';
  const happens = (name: string) => (): void => {
    order += name;
  };
  loop.schedule(5, null, 'a', happens('a'), { queue: 'q' });
  loop.schedule(5, null, 'b', happens('b'), { queue: 'q' });
  loop.schedule(5, null, 'c', happens('c'));
  loop.schedule(9, null, 'd', happens('d'));
  await loop.drive({ condition: () => order.length === 4, limitAt: 100, expired: () => new Error('late'), describe: () => 'all' });
  return { order, counts: loop.alternativeCounts };
}

describe('choices', () => {
  it('are first in, first out where there are none', async () => {
    expect((await orderWith([])).order).toBe('abcd');
    expect((await orderWith([0, 0, 0])).order).toBe('abcd');
  });

  it('pick among events of the same time, and keep the order of one connection', async () => {
    expect((await orderWith([1])).order).toBe('cabd');
    expect((await orderWith([0, 1])).order).toBe('acbd');
  });

  it('take any number modulo what there is to choose from', async () => {
    expect((await orderWith([3])).order).toBe('cabd');
    expect((await orderWith([1_000_001])).order).toBe('cabd');
    expect((await orderWith([-1])).order).toBe('cabd');
    expect((await orderWith([Number.NaN])).order).toBe('abcd');
  });

  it('say how many alternatives there were, so that they can be enumerated', async () => {
    expect((await orderWith([], 10)).counts).toEqual([2, 2]);
    expect((await orderWith([1], 10)).counts).toEqual([2]);
  });
});
