import { InvalidArgumentError } from 'commander';
import { availableParallelism } from 'node:os';
import { wholeNumber } from '../../cli/run-options.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import type { ZooEntry } from '../../scenarios/zoo/zoo-entry.ts';
import { scriptCommand } from '../script-command.ts';

/** With this many, and all entries, the page in the documentation is written. */
export const ZOO_SEEDS = 10;

export interface ZooOptions {
  readonly seeds: number;
  readonly only?: readonly ZooEntry[];
  readonly workers: number;
  readonly json?: boolean;
}

export function readZooOptions(args: readonly string[]): ZooOptions {
  return scriptCommand('zoo', 'play every entry of the bug zoo; a run of all of them over ten seeds writes docs/bug-zoo.md')
    .option('--seeds <n>', 'seeds that each entry is played with', wholeNumber(1, 1_000), ZOO_SEEDS)
    .option('--only <numbers>', 'only these entries, such as 1,29', entriesOf)
    .option('--workers <n>', 'threads that play', wholeNumber(1, 256), availableParallelism())
    .option('--json', 'print one JSON object as the last line')
    .parse([...args], { from: 'user' })
    .opts<ZooOptions>();
}

function entriesOf(text: string): readonly ZooEntry[] {
  return text.split(',').map((word) => {
    const found = bugZoo.find((entry) => String(entry.id) === word.trim());
    if (found === undefined) {
      const known = bugZoo.map(({ id }) => id).join(', ');
      throw new InvalidArgumentError(`The zoo has no entry ${JSON.stringify(word)}; it has ${known}.`);
    }
    return found;
  });
}
