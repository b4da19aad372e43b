import type { Command } from 'commander';
import type { TransportAdmin } from '../../src/admin.ts';
import { nameList, offsetTarget, partitionList, resolveTarget, type WrittenTarget } from './offset-target.ts';
import { setOffsets, showOffsets, type Say } from './offsets-command.ts';
import { connectCluster } from '../connect-cluster.ts';
import { brokerList } from '../run-options.ts';

interface ClusterFlags {
  readonly group: string;
  readonly topic?: readonly string[];
  readonly brokers?: readonly string[];
  readonly json?: boolean;
}

interface SetFlags extends ClusterFlags {
  readonly topic: readonly string[];
  readonly partition?: readonly number[];
  readonly to: WrittenTarget;
  readonly execute?: boolean;
  readonly allowSkip?: boolean;
}

/** `offsets show` and `offsets set`. */
export function addOffsetsCommands(program: Command, done: (status: number) => void): void {
  const offsets = program
    .command('offsets')
    .description('where a consumer group stands, and setting it while its consumers are stopped')
    .helpCommand(false);

  cluster(offsets.command('show'))
    .description('committed offsets of a group, the bounds of the logs, and its lag to the last stable offset')
    .option('--topic <names>', 'only these, separated by commas; by default all that the group has offsets for', nameList)
    .action(async ({ group, topic, brokers, json }: ClusterFlags) =>
      done(
        await onCluster(brokers, (admin) =>
          showOffsets(admin, { group, ...(topic === undefined ? {} : { topics: topic }), ...(json === undefined ? {} : { json }) }, say),
        ),
      ),
    );

  cluster(offsets.command('set'))
    .description("set a stopped group's offsets: its first ones, or back for a replay; says what it would do unless told to --execute")
    .requiredOption('--topic <names>', 'topics, separated by commas', nameList)
    .requiredOption(
      '--to <where>',
      'earliest, latest, an offset, so long ago such as 2h, or a time such as 2026-01-31T08:00Z',
      offsetTarget,
    )
    .option('--partition <numbers>', 'only these, separated by commas', partitionList)
    .option('--execute', 'do it')
    .option('--allow-skip', 'even if records are passed over that the group has not done; they are never delivered to it')
    .action(async ({ group, topic, partition, to, brokers, ...flags }: SetFlags) => {
      const options = { group, topics: topic, to: resolveTarget(to, Date.now()), ...flags };
      done(
        await onCluster(brokers, (admin) =>
          setOffsets(admin, partition === undefined ? options : { ...options, partitions: partition }, say),
        ),
      );
    });
}

const say: Say = (line) => void process.stdout.write(`${line}\n`);

function cluster(command: Command): Command {
  return command
    .requiredOption('--group <id>', 'the consumer group')
    .option(
      '--brokers <list>',
      'host:port, separated by commas; by default KAFKA_BROKERS. TLS and log-in are taken from KAFKA_… too',
      brokerList,
    )
    .option('--json', 'print one JSON object instead of words');
}

async function onCluster(brokers: readonly string[] | undefined, task: (admin: TransportAdmin) => Promise<number>): Promise<number> {
  const { transport, close } = await connectCluster(brokers);
  try {
    return await task(transport.admin);
  } finally {
    await close();
  }
}
