import { describe, expect, test } from 'vitest';
import { LeaderEpochs } from '../../src/consumer/leader-epochs.ts';
import type { OffsetsOfEpoch } from '../../src/consumer/leader-epochs.ts';
import { batchOf } from '../support/scripted-transport.ts';

const batch = (
  from: number,
  to: number,
  ...starts: readonly (readonly [from: number, leaderEpoch: number])[]
): ReturnType<typeof batchOf> =>
  batchOf(from, to, { epoch: 1, leaderEpochs: starts.map(([start, leaderEpoch]) => ({ from: start, leaderEpoch })) });

const partsOf = (epochs: LeaderEpochs, from: number, to: number, most: number = Infinity): readonly string[] => {
  const parts: OffsetsOfEpoch[] = [];
  const isAll = epochs.parts(from, to, (part) => parts.push(part) < most);
  return [...parts.map((part) => `${part.from}-${part.to}:${part.leaderEpoch ?? 'unknown'}`), ...(isAll ? [] : ['enough'])];
};

describe('the leader epochs of a window', () => {
  test('are told in parts, lowest first, until somebody has enough', () => {
    const epochs = new LeaderEpochs();
    epochs.accepted(batch(0, 10, [0, 3], [4, 5]), 0);
    epochs.accepted(batch(10, 20, [10, 5], [15, 6]), 0);
    expect(partsOf(epochs, 0, 20)).toEqual(['0-4:3', '4-15:5', '15-20:6']);
    expect(partsOf(epochs, 2, 5)).toEqual(['2-4:3', '4-5:5']);
    expect(partsOf(epochs, 4, 15)).toEqual(['4-15:5']);
    expect(partsOf(epochs, 0, 20, 2)).toEqual(['0-4:3', '4-15:5', 'enough']);
    expect(epochs.highest).toBe(6);
  });

  test('begin at 0, which is one like any other; what is not told is below it', () => {
    const epochs = new LeaderEpochs();
    epochs.accepted(batch(0, 5, [0, 0]), 0);
    expect(partsOf(epochs, 0, 5)).toEqual(['0-5:0']);
    expect([epochs.goesBackTo(batch(5, 6, [5, 0])), epochs.goesBackTo(batch(5, 6, [5, -1]))]).toEqual([null, null]);
    epochs.accepted(batch(5, 10, [5, 1]), 0);
    expect([epochs.goesBackTo(batch(10, 11, [10, 0])), epochs.goesBackTo(batch(10, 11, [10, -1]))]).toEqual([0, null]);
  });

  test('are not known where a transport does not tell them, from there to where it does', () => {
    const epochs = new LeaderEpochs();
    epochs.accepted(batch(0, 5), 0);
    expect(epochs.highest).toBe(-1);
    epochs.accepted(batch(5, 10, [7, 2]), 0);
    epochs.accepted(batch(10, 12), 0);
    expect(partsOf(epochs, 0, 12)).toEqual(['0-7:unknown', '7-10:2', '10-12:unknown']);
    expect(epochs.highest).toBe(2);
  });

  test('below 0 are none: what brokers leave of a producer, which knows of no leader', () => {
    const epochs = new LeaderEpochs();
    epochs.accepted(batch(0, 5, [0, -1]), 0);
    expect(epochs.highest).toBe(-1);
    expect(epochs.goesBackTo(batch(5, 10, [5, 4], [7, -1]))).toBe(null);
    epochs.accepted(batch(5, 10, [5, 4], [7, -1]), 0);
    expect(partsOf(epochs, 0, 10)).toEqual(['0-5:unknown', '5-7:4', '7-10:unknown']);
    expect(epochs.highest).toBe(4);
    expect(epochs.goesBackTo(batch(10, 12, [10, -1], [11, 3]))).toBe(3);
  });

  test('of a batch that says less than where it begins begin with it', () => {
    const epochs = new LeaderEpochs();
    epochs.accepted(batch(8, 12, [5, 4]), 8);
    expect(partsOf(epochs, 8, 12)).toEqual(['8-12:4']);
  });

  test('are forgotten below the lowest open record, and the one that it is in is not', () => {
    const epochs = new LeaderEpochs();
    epochs.accepted(batch(0, 10, [0, 1], [4, 2]), 0);
    epochs.accepted(batch(10, 20, [10, 3]), 3);
    expect(partsOf(epochs, 3, 20)).toEqual(['3-4:1', '4-10:2', '10-20:3']);
    epochs.accepted(batch(20, 21, [20, 3]), 4);
    // Nobody asks from 0 on any more; who does sees that nothing is kept of it.
    expect(partsOf(epochs, 0, 21)).toEqual(['0-10:2', '10-21:3']);
  });

  test('go back within a batch or behind one before it; the same again does not', () => {
    const epochs = new LeaderEpochs();
    expect(epochs.goesBackTo(batch(0, 10, [0, 4], [5, 3]))).toBe(3);
    expect(epochs.goesBackTo(batch(0, 10, [0, 3], [5, 4]))).toBe(null);
    epochs.accepted(batch(0, 10, [0, 4]), 0);
    expect(epochs.goesBackTo(batch(10, 20, [10, 3]))).toBe(3);
    expect(epochs.goesBackTo(batch(10, 20, [10, 4]))).toBe(null);
    expect(epochs.goesBackTo(batch(10, 20))).toBe(null);
  });
});
