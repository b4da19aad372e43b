import { expect, test } from 'vitest';
import { hashOf, randomStream } from '../../testing/simulation/random.ts';

test('the same seed, purpose and name give the same stream; any other gives another', () => {
  const draw = (...args: Parameters<typeof randomStream>): readonly number[] => {
    const stream = randomStream(...args);
    return Array.from({ length: 5 }, () => stream.next());
  };
  expect(draw(1, 'jitter', 'm1#1')).toEqual(draw(1, 'jitter', 'm1#1'));
  const others = [
    draw(1, 'jitter', 'm1#1'),
    draw(2, 'jitter', 'm1#1'),
    draw(1, 'latency', 'm1#1'),
    draw(1, 'jitter', 'm1#2'),
    draw(2 ** 40 + 1, 'jitter', 'm1#1'),
  ];
  expect(new Set(others.map(String)).size).toBe(others.length);
});

test('numbers lie in [0, 1) and are spread evenly', () => {
  const stream = randomStream(42, 'workload');
  const buckets = new Array<number>(10).fill(0);
  for (let count = 0; count < 100_000; count += 1) {
    const number = stream.next();
    expect(number >= 0 && number < 1).toBe(true);
    buckets[Math.floor(number * 10)] = (buckets[Math.floor(number * 10)] as number) + 1;
  }
  // Six standard deviations of a fair draw.
  for (const bucket of buckets) expect(Math.abs(bucket - 10_000)).toBeLessThan(570);
});

test('a hash depends on every part, on order and on where parts end', () => {
  expect(hashOf(1, 'a')).toBe(hashOf(1, 'a'));
  expect(new Set([hashOf(1, 'ab', 'c'), hashOf(1, 'a', 'bc'), hashOf(1, 'c', 'ab'), hashOf(2, 'ab', 'c'), hashOf('ab', 1, 'c')]).size).toBe(
    5,
  );
});
