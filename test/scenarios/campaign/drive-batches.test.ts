import { describe, expect, it } from 'vitest';
import type { BatchPlayer, BatchResult } from '../../../scenarios/campaign/batch.ts';
import { driveBatches } from '../../../scenarios/campaign/drive-batches.ts';
import { TraceSum } from '../../../scenarios/campaign/trace-sum.ts';
import { noCounts } from '../../../testing/report/counts.ts';

const hashOf = (run: number): string => run.toString(16).padStart(16, '0');

/** Plays no plan: batches end in an order of their own, and some runs break. */
function player(
  batchSize: number,
  concurrency: number,
  broken: readonly number[] = [],
  turnsOf: (run: number) => number = () => 1,
): BatchPlayer & { readonly played: number[] } {
  const played: number[] = [];
  return {
    played,
    batchSize,
    concurrency,
    async play({ runs }): Promise<BatchResult> {
      for (let turn = 0; turn < turnsOf(runs[0] ?? 0); turn += 1) await null;
      const sum = new TraceSum();
      let count = 0;
      for (const run of runs) {
        played.push(run);
        count += 1;
        sum.add(run, hashOf(run));
        if (broken.includes(run))
          return {
            played: count,
            counts: { ...noCounts(), records: count },
            traceSum: sum.toString(),
            broken: { run, error: null, plan: null },
            discoveries: [],
            uncontrolled: null,
          };
      }
      const discoveries = runs.map((run) => ({ run, features: [`${run}`] }));
      return {
        played: count,
        counts: { ...noCounts(), records: count },
        traceSum: sum.toString(),
        broken: null,
        discoveries,
        uncontrolled: null,
      };
    },
  };
}

const options = { scenario: 'any', isOver: () => false, onBatch: () => undefined };
/** Later batches are sooner there. */
const backward = (run: number): number => 200 - run;

describe('batches', () => {
  it('give the same, however they are cut and in whatever order they end', async () => {
    const one = await driveBatches(player(1, 1), { ...options, runs: 50 });
    expect(one).toMatchObject({ runs: 50, counts: { records: 50 }, broken: null });
    for (const [size, concurrency] of [
      [7, 1],
      [8, 6],
      [50, 4],
      [3, 40],
    ] as const) {
      expect(await driveBatches(player(size, concurrency, [], backward), { ...options, runs: 50 })).toEqual(one);
    }
  });

  it('end at the lowest run that breaks, and count nothing behind it', async () => {
    const one = await driveBatches(player(1, 1, [23, 31, 40]), { ...options, runs: 50 });
    expect(one).toMatchObject({ runs: 24, broken: { run: 23 } });
    expect(await driveBatches(player(5, 10, [23, 31, 40], backward), { ...options, runs: 50 })).toEqual(one);
  });

  it('tell what they discover in the order of the runs', async () => {
    const told: number[] = [];
    await driveBatches(player(4, 5, [], backward), { ...options, runs: 30, onDiscovery: ({ run }) => told.push(run) });
    expect(told).toEqual(Array.from({ length: 30 }, (_, run) => run));
  });

  it('of shards add up to the whole', async () => {
    const whole = await driveBatches(player(1, 1), { ...options, runs: 40 });
    const parts = await Promise.all(
      [1, 2, 3].map((index) => driveBatches(player(2, 2), { ...options, runs: 40, shard: { index, count: 3 } })),
    );
    const sum = new TraceSum();
    for (const part of parts) sum.join(part.traceSum);
    expect({ runs: parts.reduce((total, part) => total + part.runs, 0), traceSum: sum.toString() }).toEqual({
      runs: whole.runs,
      traceSum: whole.traceSum,
    });
  });

  it('stop when it is over, but after one', async () => {
    const stopped = player(5, 1);
    expect(await driveBatches(stopped, { ...options, runs: 100, isOver: () => true })).toMatchObject({ runs: 5, broken: null });
    expect(stopped.played).toHaveLength(5);
  });

  it('reject when one cannot be played', async () => {
    const failing: BatchPlayer = { batchSize: 1, concurrency: 2, play: () => Promise.reject(new Error('no worker')) };
    await expect(driveBatches(failing, { ...options, runs: 10 })).rejects.toThrow('no worker');
  });
});

describe('the sum of trace hashes', () => {
  it('knows which run had which', () => {
    const sumOf = (...pairs: readonly (readonly [number, string])[]): string => {
      const sum = new TraceSum();
      for (const [run, hash] of pairs) sum.add(run, hash);
      return sum.toString();
    };
    expect(sumOf([0, hashOf(1)], [1, hashOf(2)])).toBe(sumOf([1, hashOf(2)], [0, hashOf(1)]));
    expect(sumOf([0, hashOf(1)], [1, hashOf(2)])).not.toBe(sumOf([0, hashOf(2)], [1, hashOf(1)]));
    expect(sumOf([0, hashOf(1)])).toMatch(/^[0-9a-f]{16}$/);
  });
});
