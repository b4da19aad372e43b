/**
 * npm run soak -- [what `kafka-rehearsal run` takes]: our own runtime under every fault there is, in virtual time.
 * npm run soak -- --transport kafkajs [--records N] [--ordering partition,key,unordered] [--seed N] [--steps N] [--members N]
 *   [--brokers host:port,host:port] [--defect NAME] [--json] [--write-docs]: on real Kafka with two brokers, members as processes
 * of their own that are killed, stopped, started and sent away under load. `--records` is for each order; see docs/campaigns.md.
 * Exit status: 0 all held, 1 a promise broke, 2 wrong usage, 3 no broker can be had.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeEnvironment } from '../bench/environment.ts';
import { writeSection } from '../bench/document.ts';
import { EXIT } from '../cli/exit-status.ts';
import { KafkaError } from '../src/errors.ts';
import { useGiven } from '../testing/kafka/given.ts';
import { startRealKafka } from '../testing/kafka/real-kafka.ts';
import type { RealKafka } from '../testing/kafka/real-kafka.ts';
import type { SoakResult } from './soak/judge-soak.ts';
import { SOAK_DEFECTS } from './soak/member-life.ts';
import type { SoakDefect } from './soak/member-life.ts';
import { playSoak } from './soak/play-soak.ts';
import { SOAK_ORDERINGS, soakPlan } from './soak/soak-plan.ts';
import type { SoakOrdering } from './soak/soak-plan.ts';
import { soakLine, soakTable } from './soak/soak-table.ts';

const PARTITIONS = 6;

const given = process.argv.slice(2);
const transport = given.includes('--transport=kafkajs') || given[given.indexOf('--transport') + 1] === 'kafkajs';
process.exitCode = transport && given.some((word) => word.startsWith('--transport')) ? await onKafka() : inVirtualTime();

function inVirtualTime(): number {
  const program = join(import.meta.dirname, '../cli/bin.ts');
  const { status } = spawnSync(process.execPath, [program, 'run', '--filter', 'soak', ...given], { stdio: 'inherit' });
  return status ?? EXIT.broken;
}

interface Wanted {
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

async function onKafka(): Promise<number> {
  let wanted: Wanted;
  try {
    wanted = readArguments();
  } catch (error) {
    console.error((error as Error).message);
    return EXIT.usage;
  }
  const kafka = await open(wanted.brokers);
  if (typeof kafka === 'string') {
    console.error(kafka);
    return EXIT.noBroker;
  }
  const results: SoakResult[] = [];
  try {
    for (const ordering of wanted.orderings) {
      const plan = soakPlan({ ...wanted, partitions: PARTITIONS });
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      const result = await playSoak({ kafka, plan, ordering, defect: wanted.defect, progress });
      results.push(result);
      console.log(soakLine(result));
      for (const { invariant, message } of result.violations) console.log(`  ${invariant}: ${message}`);
      if (result.violations.length > 0) console.log(`  What the processes wrote down: ${result.directory}`);
    }
  } finally {
    await kafka.stop();
  }
  const environment = describeEnvironment(`${kafka.version} (${kafka.source}, ${kafka.nodeIds.length} brokers)`);
  const passed = results.every(({ violations }) => violations.length === 0);
  console.log(soakTable(results));
  if (wanted.writeDocs) {
    const command = `npm run soak -- ${given.join(' ')}`;
    writeSection({
      name: 'soak',
      title: 'Soak on real Kafka',
      body: `What it does stands in [campaigns.md](campaigns.md).\n\n${soakTable(results)}`,
      command,
      environment,
    });
  }
  if (wanted.json) console.log(JSON.stringify({ passed, seed: wanted.seed, environment, soaks: results }));
  return passed ? EXIT.held : EXIT.broken;
}

function readArguments(): Wanted {
  const { values } = parseArgs({
    args: given,
    options: {
      transport: { type: 'string' },
      records: { type: 'string', default: '200000' },
      steps: { type: 'string' },
      members: { type: 'string', default: '4' },
      seed: { type: 'string', default: '1' },
      ordering: { type: 'string', default: SOAK_ORDERINGS.join(',') },
      brokers: { type: 'string' },
      defect: { type: 'string' },
      json: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const records = wholeNumber('records', values.records, 1);
  return {
    records,
    // A step for each 5,000 records, and one at least of each kind of trouble.
    steps: values.steps === undefined ? Math.max(6, Math.round(records / 5_000)) : wholeNumber('steps', values.steps, 4),
    members: wholeNumber('members', values.members, 2),
    seed: wholeNumber('seed', values.seed, 0),
    orderings: values.ordering.split(',').map((word) => oneOf('ordering', word, SOAK_ORDERINGS)),
    brokers: values.brokers?.split(',') ?? null,
    defect: values.defect === undefined ? null : oneOf('defect', values.defect, Object.keys(SOAK_DEFECTS) as SoakDefect[]),
    json: values.json,
    writeDocs: values['write-docs'],
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} is ${text}, expected a whole number of at least ${least}.`);
  return value;
}

function oneOf<Word extends string>(name: string, word: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new Error(`--${name} is ${JSON.stringify(word)}, expected ${words.join(', ')}.`);
  return found;
}

async function open(brokers: readonly string[] | null): Promise<RealKafka | string> {
  try {
    return brokers === null ? await startRealKafka({ nodes: 2 }) : await useGiven(brokers, 2, '--brokers');
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'REAL_KAFKA_UNAVAILABLE') return error.message;
    throw error;
  }
}
