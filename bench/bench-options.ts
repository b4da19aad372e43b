import { wholeNumber } from '../cli/run-options.ts';
import { listOf, scriptCommand } from '../scripts/script-command.ts';

/** Those that need a real broker. */
export const ON_KAFKA = ['consume', 'sends', 'peers', 'features', 'latency'] as const;
const WITHOUT_BROKER = ['imports', 'runtime', 'memory', 'checker', 'scenarios', 'shrinking', 'open-records'] as const;
const PARTS = [...WITHOUT_BROKER, ...ON_KAFKA] as const;

export interface BenchOptions {
  readonly only: readonly (typeof PARTS)[number][];
  readonly records: number;
  readonly repetitions: number;
  readonly contenders?: readonly string[];
  readonly json?: boolean;
  readonly writeDocs?: boolean;
}

export function readBenchOptions(args: readonly string[]): BenchOptions {
  const flags = scriptCommand('bench', 'measure speed, as ratios of things that are measured side by side in one run')
    .option('--only <list>', `only these parts of ${PARTS.join(',')}`, listOf(PARTS))
    .option('--records <n>', 'records of the parts with nothing to do', wholeNumber(1, 100_000_000), 1_000_000)
    .option('--repetitions <n>', 'runs of which the median is taken', wholeNumber(1, 100), 5)
    .option('--contenders <names>', 'of the peers: only those with one of these in their names', (text: string) => text.split(','))
    .option('--json', 'print one JSON object as the last line')
    .option('--write-docs', 'write the tables into docs/benchmarks.md')
    .parse([...args], { from: 'user' })
    .opts<Omit<BenchOptions, 'only'> & Partial<Pick<BenchOptions, 'only'>>>();
  return { ...flags, only: flags.only ?? PARTS };
}
