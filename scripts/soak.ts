/**
 * `npm run soak`: our own runtime under every fault there is, in virtual time, or with `--transport kafkajs` on real Kafka with two
 * brokers, members as processes of their own that are killed, stopped, started and sent away under load; see docs/campaigns.md.
 * Exit status: 0 all held, 1 a promise broke, 2 wrong usage, 3 no broker can be had.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describeEnvironment } from '../bench/environment.ts';
import { writeSection } from '../bench/document.ts';
import { EXIT } from '../cli/exit-status.ts';
import { KafkaError } from '../src/errors.ts';
import { useGiven } from '../testing/kafka/given.ts';
import { startRealKafka } from '../testing/kafka/real-kafka.ts';
import type { RealKafka } from '../testing/kafka/real-kafka.ts';
import type { SoakResult } from './soak/judge-soak.ts';
import { playSoak } from './soak/play-soak.ts';
import { isOnKafka, readSoakOptions, soakCommand } from './soak/soak-options.ts';
import { soakPlan } from './soak/soak-plan.ts';
import { soakLine, soakTable } from './soak/soak-table.ts';

const PARTITIONS = 6;

const given = process.argv.slice(2);
if (given.includes('--help') || given.includes('-h')) soakCommand().outputHelp();
else process.exitCode = isOnKafka(given) ? await onKafka() : inVirtualTime();

function inVirtualTime(): number {
  const program = join(import.meta.dirname, '../cli/bin.ts');
  const { status } = spawnSync(process.execPath, [program, 'run', '--filter', 'soak', ...given], { stdio: 'inherit' });
  return status ?? EXIT.broken;
}

async function onKafka(): Promise<number> {
  const wanted = readSoakOptions(given);
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

async function open(brokers: readonly string[] | null): Promise<RealKafka | string> {
  try {
    return brokers === null ? await startRealKafka({ nodes: 2 }) : await useGiven(brokers, 2, '--brokers');
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'REAL_KAFKA_UNAVAILABLE') return error.message;
    throw error;
  }
}
