import type { ZooMeasure } from '../../scenarios/zoo/measure-entry.ts';
import type { ZooEntry } from '../../scenarios/zoo/zoo-entry.ts';

/** What came of one entry over all seeds. */
export interface ZooRow {
  readonly id: number;
  readonly name: string;
  readonly invariant: string;
  /** Where it was caught and shrunk. */
  readonly rung: 'memory';
  /** With every seed, within the entry's number of runs. */
  readonly caught: boolean;
  /** Median over the seeds of the runs until it was caught. */
  readonly runs: number;
  readonly mostRuns: number;
  /** Median over the seeds of the steps of the shrunk plan; null when it was not caught. */
  readonly steps: number | null;
  readonly twinPassed: boolean;
  /** Median, real milliseconds. */
  readonly shrinkMs: number;
  readonly mostShrinkMs: number;
  /** What went wrong, for a person; null when nothing did. */
  readonly problem: string | null;
}

export function rowOf(entry: Pick<ZooEntry, 'id' | 'name' | 'invariant'>, measures: readonly ZooMeasure[]): ZooRow {
  const missed = measures.find(({ caught }) => !caught);
  const failing = measures.find(({ twinPassed }) => !twinPassed);
  const steps = measures.flatMap((measure) => measure.steps ?? []);
  return {
    id: entry.id,
    name: entry.name,
    invariant: entry.invariant,
    rung: 'memory',
    caught: missed === undefined,
    runs: median(measures.map(({ runs }) => runs)),
    mostRuns: Math.max(...measures.map(({ runs }) => runs)),
    steps: steps.length === 0 ? null : median(steps),
    twinPassed: failing === undefined,
    shrinkMs: median(measures.map(({ shrinkMs }) => shrinkMs)),
    mostShrinkMs: Math.max(...measures.map(({ shrinkMs }) => shrinkMs)),
    problem: problemOf(missed, failing),
  };
}

function problemOf(missed: ZooMeasure | undefined, failing: ZooMeasure | undefined): string | null {
  if (missed !== undefined)
    return `seed ${missed.seed}: not caught in ${missed.runs} runs${missed.message === null ? '' : ` (${missed.message})`}`;
  return failing === undefined ? null : `seed ${failing.seed}: the twin failed: ${failing.twinMessage}`;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
