import { Command, CommanderError, Option } from 'commander';
import { KafkaError } from '../src/errors.ts';
import { SMALL_OPTION_NAMES } from '../scenarios/exhaustive/small-plans.ts';
import { addDeadLetters } from './dead-letters/dead-letters-program.ts';
import { EXIT, statusOf } from './exit-status.ts';
import { exhaustCommand, type ExhaustFlags } from './exhaust-command.ts';
import { initCommand } from './init-command.ts';
import { mergeCommand, type MergeFlags } from './merge-command.ts';
import { addOffsetsCommands } from './offsets/offsets-program.ts';
import { replayCommand, type ReplayFlags } from './replay-command.ts';
import { runCommand } from './run-command.ts';
import { packageVersion } from './version.ts';
import { brokerList, durationMs, shardOf, wholeNumber, type RunFlags } from './run-options.ts';

/** Runs the command line. Resolves with the exit status; never rejects for what a user may do wrong. */
export async function main(args: readonly string[]): Promise<number> {
  let status: number = EXIT.held;
  endWithReader(process.stdout);
  const program = makeProgram((result) => {
    status = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    // Commander has said it already; 0 is for --help and --version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.usage;
    if (!(error instanceof KafkaError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return statusOf(error);
  }
}

/** Whoever reads our output may have had enough (`| head`): then nobody is left to be told. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.held);
  });
}

function makeProgram(done: (status: number) => void): Command {
  const program = new Command('kafka-rehearsal')
    .description('Rehearse Kafka handlers on an in-memory Kafka under seeded trouble, perform on Kafka.')
    .version(packageVersion())
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(--help says what there is)')
    .configureHelp({ showGlobalOptions: true });

  place(program.command('run'))
    .description('play generated scenarios, and judge every one')
    .argument('[config]', 'a rehearsal.config.ts; without one the built-in suite is played')
    .option('--runs <n>', 'runs of each scenario', wholeNumber(1, 10_000_000))
    .option('--seed <n>', 'what everything is drawn from', wholeNumber(0, 4_294_967_295))
    .option('--filter <name>', 'only scenarios whose name has this in it')
    .option('--list', 'say which scenarios there are')
    .option('--bail', 'stop at the first scenario that breaks')
    .option('--budget <time>', 'run for so long, such as 10m; with --runs whichever is reached first', durationMs)
    .option('--workers <n>', 'threads that play; the result is the same with any number', wholeNumber(1, 256))
    .option('--shard <i/n>', 'play one of n parts of the campaign, for as many machines', shardOf)
    .option('--corpus <directory>', 'begin with the plans of this folder, and keep there what shows something new')
    .option('--report <directory>', 'write report.html, report.json, junit.xml, summary.md and the plan of each failure there')
    .option('--json', 'print one JSON object instead of words')
    .action(async (config: string | undefined, flags: RunFlags) => done(await runCommand(config, flags)));

  place(program.command('replay'))
    .description('play the plan of a saved failure once')
    .argument('<file>', 'what run --report has written, or a plan alone')
    .option('--config <file>', 'the rehearsal.config.ts whose handlers play; by default the one that was saved')
    .option('--step', 'event by event: asked for one by one on a terminal, a list elsewhere')
    .option('--verbose', 'every event, every request and what the runtime said')
    .option('--json', 'print one JSON object instead of words')
    .action(async (file: string, flags: ReplayFlags) => done(await replayCommand(file, flags)));

  program
    .command('exhaust')
    .description('play all of a small scope: every order of simultaneous events, and a crash at every event')
    .option('--deviations <n>', 'how many choices may differ from first in, first out', wholeNumber(0, 6), 1)
    .addOption(new Option('--options <name>', 'what the handler has besides').choices(SMALL_OPTION_NAMES).default('none'))
    .option('--decisions <n>', 'how many decisions of a run are varied', wholeNumber(1, 10_000), 10_000)
    .option('--workers <n>', 'threads that play', wholeNumber(1, 256))
    .option('--report <directory>', 'write the plan of a failure there')
    .option('--json', 'print one JSON object instead of words')
    .action(async (flags: ExhaustFlags) => done(await exhaustCommand(flags)));

  program
    .command('merge')
    .description('join the reports of the shards of a campaign')
    .argument('<directories...>', 'what run --shard --report has written, one of each shard')
    .option('--report <directory>', 'write the joined report there')
    .option('--json', 'print one JSON object instead of words')
    .action(async (directories: readonly string[], flags: MergeFlags) => done(await mergeCommand(directories, flags)));

  addDeadLetters(program, done);

  addOffsetsCommands(program, done);

  program
    .command('init')
    .description('write a handler, its test and a rehearsal.config.ts to start from; nothing is overwritten')
    .argument('[directory]', 'where to', '.')
    .action(async (directory: string) => done(await initCommand(directory)));

  program
    .command('broker', { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new KafkaError('UNSUPPORTED', 'kafka-rehearsal broker is not there yet; there are run, replay, merge and init.');
    });
  return program;
}

function place(command: Command): Command {
  return command
    .option('--transport <name>', 'memory, or kafkajs for a real broker', 'memory')
    .option('--brokers <list>', 'of a real broker: host:port, separated by commas', brokerList);
}
