import { expect, test } from 'vitest';
import { distribute } from '../../../src/transports/kafkajs/assigner.ts';

const partitions = (topic: string, count: number): { topic: string; partition: number }[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));
const shares = (...args: Parameters<typeof distribute>): Record<string, Record<string, number[]>> =>
  Object.fromEntries(distribute(...args).map(({ memberId, assignment }) => [memberId, { ...assignment }]));

test('equal members get equal shares, whatever their order', () => {
  const members = [
    { memberId: 'b', topics: new Set(['t']) },
    { memberId: 'a', topics: new Set(['t']) },
  ];
  expect(shares(members, partitions('t', 5))).toEqual({ a: { t: [0, 2, 4] }, b: { t: [1, 3] } });
  expect(shares([...members].reverse(), partitions('t', 5).reverse())).toEqual({ a: { t: [0, 2, 4] }, b: { t: [1, 3] } });
});

test('a partition goes only to a member that subscribes to its topic (kafkajs gives it to anybody, who drops it)', () => {
  const members = [
    { memberId: 'new', topics: new Set(['t', 'u']) },
    { memberId: 'old', topics: new Set(['t']) },
  ];
  expect(shares(members, [...partitions('t', 2), ...partitions('u', 2)])).toEqual({ new: { t: [0], u: [0, 1] }, old: { t: [1] } });
  expect(shares(members, partitions('nobody', 2))).toEqual({});
});
