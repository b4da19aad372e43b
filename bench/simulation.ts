/** What the simulator costs: scenarios a second, and the time from a failure to its smallest plan. */
import { join } from 'node:path';
import { measureInChild } from './child.ts';
import type { LocalBenchOptions } from './local.ts';
import { median, rounded, type BenchResult } from './result.ts';
import { STANDARD_SIZE } from './standard-scenario.ts';

const RUNS = 1_000;
const SCENARIOS_AIM = 1_000;
const SHRINK_AIM_MS = 10_000;

const program = (name: string): string => join(import.meta.dirname, 'program', name);

interface ScenarioThroughput {
  readonly runsPerSecond: number;
  readonly runsPerCpuSecond: number;
  readonly virtualHoursPerSecond: number;
  readonly each: Readonly<Record<string, number>>;
}

/** On one core. Beside the figure stands what one scenario is, on average. */
export async function benchScenarios({ repetitions, progress }: LocalBenchOptions): Promise<readonly BenchResult[]> {
  const samples: ScenarioThroughput[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const sample = await measureInChild<ScenarioThroughput>(program('scenario-throughput.ts'), { runs: RUNS });
    samples.push(sample);
    progress(`scenarios: ${Math.round(sample.runsPerSecond)}/s (${Math.round(sample.runsPerCpuSecond)} per CPU second)`);
  }
  const each = Object.entries(samples[0]?.each ?? {})
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
  const result = (name: string, unit: string, of: (sample: ScenarioThroughput) => number): BenchResult => ({
    name: `${name} (${STANDARD_SIZE}; each ${each})`,
    value: rounded(median(samples.map(of))),
    unit,
    samples: samples.map((sample) => rounded(of(sample))),
  });
  const perSecond = result('scenarios on one core', 'scenarios/s', (sample) => sample.runsPerSecond);
  return [
    { ...perSecond, aim: { text: `${SCENARIOS_AIM} scenarios/s`, reached: perSecond.value >= SCENARIOS_AIM } },
    // On a machine that does other things too, this is the truer one.
    result('scenarios for a second of CPU time', 'scenarios/s', (sample) => sample.runsPerCpuSecond),
    result('virtual time for a second', 'hours/s', (sample) => sample.virtualHoursPerSecond),
  ];
}

/** One figure for each entry of the zoo. */
export async function benchShrinking({ progress }: LocalBenchOptions): Promise<readonly BenchResult[]> {
  const { entries } = await measureInChild<{ entries: readonly { id: number; ms: number; steps: number | null }[] }>(
    program('shrink-times.ts'),
    { seed: 1 },
  );
  progress(`shrinking: ${entries.length} entries`);
  return entries.map(({ id, ms, steps }) => ({
    name: `shrinking zoo #${id} to ${steps ?? 'no'} steps`,
    value: ms,
    unit: 'ms',
    samples: [ms],
    aim: { text: `at most ${SHRINK_AIM_MS} ms`, reached: ms <= SHRINK_AIM_MS },
  }));
}
