import { addCounts, noCounts, type Counts } from '../../testing/report/counts.ts';
import type { BatchPlayer, BatchResult, BrokenRun, Discovery } from './batch.ts';
import { runOfShard, runsOfShard, WHOLE, type Shard } from './shard.ts';
import { TraceSum } from './trace-sum.ts';

export interface DriveOptions {
  readonly scenario: string;
  /** Of the whole campaign; this shard plays its part of them. */
  readonly runs: number;
  readonly shard?: Shard | undefined;
  /** Asked before each batch but the first: true when no more are to begin. */
  readonly isOver: () => boolean;
  readonly onBatch: (driven: DrivenRuns) => void;
  /** In the order of the runs, each once. */
  readonly onDiscovery?: ((discovery: Discovery) => void) | undefined;
}

export interface DrivenRuns {
  readonly runs: number;
  readonly counts: Counts;
  readonly traceSum: string;
  /** The one with the lowest number. */
  readonly broken: BrokenRun | null;
  /** See `BatchResult`; of the one with the lowest number. */
  readonly uncontrolled: string | null;
}

/**
 * Gives batches out in order and takes results in, in whatever order they come, so that the outcome is that of one run
 * after the other: what was played behind the first run that broke does not count.
 */
export async function driveBatches(player: BatchPlayer, options: DriveOptions): Promise<DrivenRuns> {
  const { scenario, shard = WHOLE } = options;
  const total = runsOfShard(options.runs, shard);
  const sum = new TraceSum();
  const waiting = new Map<number, BatchResult>();
  const active = new Set<Promise<void>>();
  let driven: DrivenRuns = { runs: 0, counts: noCounts(), traceSum: sum.toString(), broken: null, uncontrolled: null };
  let next = 0;
  let given = 0;
  let taken = 0;
  let isBroken = false;

  const takeIn = (): void => {
    for (let result = waiting.get(taken); result !== undefined && driven.broken === null; result = waiting.get(taken)) {
      waiting.delete(taken);
      taken += 1;
      sum.join(result.traceSum);
      driven = {
        runs: driven.runs + result.played,
        counts: addCounts(driven.counts, result.counts),
        traceSum: sum.toString(),
        broken: result.broken,
        uncontrolled: driven.uncontrolled ?? result.uncontrolled,
      };
      for (const discovery of result.discoveries) options.onDiscovery?.(discovery);
      options.onBatch(driven);
    }
  };
  const give = (): void => {
    const runs = Array.from({ length: Math.min(player.batchSize, total - next) }, (_, index) => runOfShard(next + index, shard));
    const number = given;
    given += 1;
    next += runs.length;
    const playing = player.play({ scenario, runs }).then((result) => {
      active.delete(playing);
      waiting.set(number, result);
      isBroken ||= result.broken !== null;
      takeIn();
    });
    active.add(playing);
  };

  for (;;) {
    while (active.size < player.concurrency && next < total && !isBroken && (given === 0 || !options.isOver())) give();
    if (active.size === 0) return driven;
    await Promise.race(active);
  }
}
