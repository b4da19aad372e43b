import { Option } from 'commander';
import type { Command } from 'commander';
import { brokerList, wholeNumber } from '../../cli/run-options.ts';
import { listOf, scriptCommand } from '../script-command.ts';
import { SOAK_DEFECTS } from './member-life.ts';
import type { SoakDefect } from './member-life.ts';
import { SOAK_ORDERINGS } from './soak-plan.ts';
import type { SoakOrdering } from './soak-plan.ts';

/** Of a soak on real Kafka. */
export interface SoakOptions {
  readonly records: number;
  readonly steps: number;
  readonly members: number;
  readonly seed: number;
  readonly orderings: readonly SoakOrdering[];
  readonly brokers: readonly string[] | null;
  readonly defect: SoakDefect | null;
  readonly json: boolean;
  readonly writeDocs: boolean;
}

interface Flags {
  readonly records: number;
  readonly steps?: number;
  readonly members: number;
  readonly seed: number;
  readonly ordering?: readonly SoakOrdering[];
  readonly brokers?: readonly string[];
  readonly defect?: SoakDefect;
  readonly json?: boolean;
  readonly writeDocs?: boolean;
}

/** A step for each so many records, and one at least of each kind of trouble. */
const RECORDS_A_STEP = 5_000;
const FEWEST_STEPS = 6;

export function readSoakOptions(args: readonly string[]): SoakOptions {
  const flags = soakCommand()
    .parse([...args], { from: 'user' })
    .opts<Flags>();
  return {
    records: flags.records,
    steps: flags.steps ?? Math.max(FEWEST_STEPS, Math.round(flags.records / RECORDS_A_STEP)),
    members: flags.members,
    seed: flags.seed,
    orderings: flags.ordering ?? SOAK_ORDERINGS,
    brokers: flags.brokers ?? null,
    defect: flags.defect ?? null,
    json: flags.json ?? false,
    writeDocs: flags.writeDocs ?? false,
  };
}

/** True where `--transport kafkajs` was given. */
export function isOnKafka(args: readonly string[]): boolean {
  return args.some((word, index) => word === '--transport=kafkajs' || (word === '--transport' && args[index + 1] === 'kafkajs'));
}

export function soakCommand(): Command {
  return scriptCommand('soak', 'our own runtime under every fault there is')
    .addOption(
      new Option('--transport <name>', 'memory: in virtual time; kafkajs: on real Kafka').choices(['memory', 'kafkajs']).default('memory'),
    )
    .option('--records <n>', 'on Kafka: records for each order', wholeNumber(1, 100_000_000), 200_000)
    .option('--ordering <list>', `on Kafka: the orders that are played; by default ${SOAK_ORDERINGS.join(',')}`, listOf(SOAK_ORDERINGS))
    .option('--seed <n>', 'what everything is drawn from', wholeNumber(0, 4_294_967_295), 1)
    .option('--steps <n>', `on Kafka: how often something happens; by default once in ${RECORDS_A_STEP} records`, wholeNumber(4, 1_000_000))
    .option('--members <n>', 'on Kafka: processes that may be up at a time', wholeNumber(2, 64), 4)
    .option('--brokers <list>', 'two brokers that are there already: host:port, separated by commas', brokerList)
    .addOption(new Option('--defect <name>', 'plant this, which must be caught').choices(Object.keys(SOAK_DEFECTS)))
    .option('--json', 'print one JSON object as the last line')
    .option('--write-docs', 'on Kafka: write the table into docs/benchmarks.md')
    .addHelpText('after', '\nIn virtual time it takes what `kafka-rehearsal run` takes, such as --runs 100000 --workers 3.');
}
