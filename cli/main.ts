import { Command, CommanderError, Option } from 'commander';
import { KafkaError } from '../src/errors.ts';
import { EXIT, statusOf } from './exit-status.ts';
import { replayCommand, type ReplayFlags } from './replay-command.ts';
import { runCommand } from './run-command.ts';
import { packageVersion } from './version.ts';
import { brokerList, durationMs, wholeNumber, type RunFlags } from './run-options.ts';

/** Runs the command line. Resolves with the exit status; never rejects for what a user may do wrong. */
export async function main(args: readonly string[]): Promise<number> {
  let status: number = EXIT.held;
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
    .option('--budget <time>', 'begin no new run after this time, such as 10m', durationMs)
    .option('--report <directory>', 'write report.html, report.json, junit.xml, summary.md and the plan of each failure there')
    .option('--json', 'print one JSON object instead of words')
    .addOption(new Option('--workers <n>').hideHelp())
    .addOption(new Option('--shard <i/n>').hideHelp())
    .action(async (config: string | undefined, flags: RunFlags) => done(await runCommand(config, flags)));

  place(program.command('replay'))
    .description('play the plan of a saved failure once')
    .argument('<file>', 'what run --report has written, or a plan alone')
    .option('--config <file>', 'the rehearsal.config.ts whose handlers play; by default the one that was saved')
    .option('--json', 'print one JSON object instead of words')
    .action(async (file: string, flags: ReplayFlags) => done(await replayCommand(file, flags)));

  for (const name of ['broker', 'init']) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new KafkaError('UNSUPPORTED', `kafka-rehearsal ${name} is not there yet; there are run and replay.`);
      });
  }
  return program;
}

function place(command: Command): Command {
  return command
    .option('--transport <name>', 'memory, or kafkajs for a real broker', 'memory')
    .option('--brokers <list>', 'of a real broker: host:port, separated by commas', brokerList);
}
