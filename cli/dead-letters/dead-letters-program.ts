import type { Command } from 'commander';
import { showCount } from '../../testing/report/show-text.ts';
import { connectCluster } from '../connect-cluster.ts';
import type { ConnectedCluster } from '../connect-cluster.ts';
import { brokerList, wholeNumber } from '../run-options.ts';
import { placeOf, rateOf, withFilter } from './letter-filter-options.ts';
import { listLetters } from './list-command.ts';
import type { ListFlags } from './list-command.ts';
import { redriveLetters } from './redrive-command.ts';
import type { RedriveFlags } from './redrive-command.ts';
import { showLetter } from './show-command.ts';
import type { ShowFlags } from './show-command.ts';

interface ClusterFlags {
  readonly brokers?: readonly string[];
}

const PROGRESS_MS = 2_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Adds `dead-letters list | show | redrive`. */
export function addDeadLetters(program: Command, done: (status: number) => void): void {
  const group = program.command('dead-letters').description('look at rejected records, and send them back where they came from');

  withCluster(withFilter(group.command('list')))
    .description('list the letters of a dead letter topic, without their values')
    .argument('<topic>', 'the dead letter topic')
    .option('--limit <n>', 'show so many at most', wholeNumber(1, 1_000_000), 1_000)
    .option('--json', 'print one JSON object instead of a table')
    .action(async (topic: string, flags: ListFlags & ClusterFlags) =>
      done(await onCluster(flags, (cluster) => listLetters(cluster, topic, flags, say))),
    );

  withCluster(group.command('show'))
    .description('show one letter')
    .argument('<topic>', 'the dead letter topic')
    .argument('<letter>', 'partition/offset, as list shows it', placeOf)
    .option('--value', "show the record's value too, and the error's message, which may quote it")
    .option('--json', 'print one JSON object')
    .action(async (topic: string, place: ReturnType<typeof placeOf>, flags: ShowFlags & ClusterFlags) =>
      done(await onCluster(flags, (cluster) => showLetter(cluster, { topic, ...place }, flags, say))),
    );

  withCluster(withFilter(group.command('redrive')))
    .description('send letters back to the topics and partitions that they came from; says what it would do, unless --execute is given')
    .argument('<topic>', 'the dead letter topic')
    .option('--execute', 'do it')
    .option('--rate <n>', 'records a second at most', rateOf, 100)
    .option('--limit <n>', 'redrive so many at most', wholeNumber(1, 1_000_000_000))
    .option('--json', 'print one JSON object')
    .action(async (topic: string, flags: RedriveFlags & ClusterFlags) =>
      done(await onCluster(flags, (cluster) => runRedrive(cluster, topic, flags))),
    );
}

function withCluster(command: Command): Command {
  return command.option(
    '--brokers <list>',
    'host:port, separated by commas; by default KAFKA_BROKERS, as all KAFKA_* variables hold',
    brokerList,
  );
}

async function onCluster(flags: ClusterFlags, work: (cluster: ConnectedCluster) => Promise<number>): Promise<number> {
  const cluster = await connectCluster(flags.brokers);
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

/** The first interrupt ends it after the step under way. */
async function runRedrive(cluster: ConnectedCluster, topic: string, flags: RedriveFlags): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let toldAt = performance.now();
  try {
    return await redriveLetters(cluster, topic, flags, {
      say,
      signal: interrupt.signal,
      onProgress: ({ redriven, failed }, of) => {
        if (performance.now() - toldAt < PROGRESS_MS) return;
        toldAt = performance.now();
        process.stderr.write(`… ${showCount(redriven)} of ${showCount(of)} redriven${failed === 0 ? '' : `, ${showCount(failed)} not`}\n`);
      },
    });
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
