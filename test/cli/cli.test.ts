import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CampaignReport } from '../../testing/report/campaign-report.ts';
import { runCli } from './run-cli.ts';

// Processes, many at a time, on a machine that may be busy: a limit on what hangs, not on what is slow.
vi.setConfig({ testTimeout: 120_000 });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-cli-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const scenarios = join(import.meta.dirname, '../../scenarios');
const src = join(import.meta.dirname, '../../src');

async function writeConfig(name: string, handle: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(
    path,
    `import { defineRehearsal } from '${scenarios}/rehearsal.ts';
     import { defineHandler } from '${src}/define-handler.ts';
     import { consume, reject, skip } from '${src}/action.ts';
     void [reject, skip];
     export default defineRehearsal({
       handlers: () => [defineHandler({ topic: 'orders', handle: ${handle} })],
       messages: (fc) => ({ orders: fc.record({ key: fc.constant('k'), value: fc.string() }) }),
     });`,
  );
  return path;
}

// Each is a process of its own that mostly waits for Node to start.
describe.concurrent('kafka-rehearsal run', () => {
  it('plays the built-in suite, says what held, and ends with 0', async () => {
    const { status, stdout, stderr } = await runCli(['run', '--runs', '25', '--seed', '1']);
    // On a busy machine there may be a line of progress.
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^(… .*\n)*$/) });
    for (const text of [
      '✓ steady',
      '✓ everything',
      'What was tried',
      'What held, every time',
      'What it means for your offsets',
      'Everything held. 175 runs',
      'npx kafka-rehearsal run --seed 1 --runs 25',
    ]) {
      expect(stdout).toContain(text);
    }
    // In a pipe: no colour, no line painted over.
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\r');
  });

  it('prints exactly one JSON object with --json, the same but for the time on each run', async () => {
    const run = async (): Promise<CampaignReport> => {
      const { stdout } = await runCli(['run', '--runs', '25', '--seed', '3', '--filter', 'crashes', '--json']);
      expect(stdout.trim().split('\n')).toHaveLength(1);
      return JSON.parse(stdout) as CampaignReport;
    };
    const [first, second] = await Promise.all([run(), run()]);
    expect(first).toEqual({ ...second, durationMs: first.durationMs });
    expect(Object.keys(first)).toEqual(['passed', 'seed', 'durationMs', 'scenarios', 'skipped']);
    expect(first.scenarios[0]).toMatchObject({
      name: 'crashes',
      transport: 'memory',
      runs: 25,
      passed: true,
      traceHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    for (const name of [
      'records',
      'deliveries',
      'commits',
      'redeliveries',
      'rejects',
      'deadLetters',
      'rebalances',
      'faults',
      'invariants',
    ]) {
      expect(first.scenarios[0]?.counts).toHaveProperty(name);
    }
  });

  it('shows a broken promise with the smallest plan, a trace and the way back, saves it, and ends with 1', async () => {
    const report = join(directory, 'report');
    const { status, stdout } = await runCli(['run', '--filter', 'zoo-1', '--seed', '1', '--report', report]);
    expect(status).toBe(1);
    for (const text of [
      '✗ zoo-1: commit-past-open',
      'that record is lost',
      'The smallest plan that shows it: 2 steps',
      'What happened',
      'record 0: failed',
      '▲ commit-past-open',
    ]) {
      expect(stdout).toContain(text);
    }
    for (const line of stdout.split('What happened')[1]?.split('Again:')[0]?.split('\n') ?? [])
      expect(line.length).toBeLessThanOrEqual(100);
    const saved = join(report, 'failure-zoo-1-commit-past-open.json');
    expect(stdout).toContain(`replay ${saved}`);
    expect(JSON.parse(await readFile(join(report, 'report.json'), 'utf8'))).toMatchObject({
      passed: false,
      scenarios: [{ failure: { invariant: 'commit-past-open', replayCommand: expect.stringContaining('--seed 1 --filter zoo-1') } }],
    });

    const replayed = await runCli(['replay', saved]);
    expect(replayed.status).toBe(1);
    expect(replayed.stdout).toContain('✗ commit-past-open: orders-0: offset 2 was committed while record 0');

    // The same plan with the mended consumer: nothing breaks.
    const mended = join(directory, 'mended.json');
    await writeFile(mended, (await readFile(saved, 'utf8')).replace('"scenario": "zoo-1"', '"scenario": "zoo-1-mended"'));
    const held = await runCli(['replay', mended]);
    expect(held).toMatchObject({ status: 0, stdout: expect.stringContaining('Everything held') });
  });

  it("rehearses a user's own handlers, and remembers whose they were in a failure", async () => {
    const good = await runCli(['run', await writeConfig('good.config.ts', '() => consume()'), '--runs', '20', '--seed', '1']);
    expect(good).toMatchObject({ status: 0, stdout: expect.stringContaining('topics orders') });
    // Nothing but a line of progress now and then, on a slow machine.
    expect(good.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('… '))).toEqual([]);

    const bad = await writeConfig('bad.config.ts', "(value) => (value === null ? skip('no value') : consume())");
    const report = join(directory, 'bad');
    const failed = await runCli(['run', bad, '--runs', '20', '--seed', '1', '--filter', 'steady', '--report', report]);
    expect(failed).toMatchObject({ status: 1, stdout: expect.stringContaining('a tombstone (its last answer was Skip)') });
    const replayed = await runCli(['replay', join(report, 'failure-steady-stuck.json')]);
    expect(replayed).toMatchObject({ status: 1, stdout: expect.stringContaining('✗ stuck') });
  });

  it('finds rehearsal.config.ts in the working directory', async () => {
    await writeConfig('rehearsal.config.ts', '() => consume()');
    const { status, stdout } = await runCli(['run', '--list'], { cwd: directory });
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('commit-failures') });
    const run = await runCli(['run', '--runs', '1', '--filter', 'steady'], { cwd: directory });
    expect(run.stdout).toContain('plays rehearsal.config.ts');
  });

  it('loads by jiti what Node alone cannot', async () => {
    const path = await writeConfig('enum.config.ts', "() => (Answer.Yes === 'yes' ? consume() : skip())");
    await writeFile(path, `enum Answer { Yes = 'yes' }\n${await readFile(path, 'utf8')}`);
    expect(await runCli(['run', path, '--runs', '1', '--filter', 'steady'])).toMatchObject({ status: 0 });
  });

  it('says what it knew when it is interrupted', async () => {
    const { stdout, stderr, status } = await runCli(['run', '--runs', '1000000', '--seed', '1'], { interruptWhen: /seed 1\n/ });
    expect(status).toBe(0);
    expect(stderr).toContain('Interrupted');
    expect(stdout).toContain('everything was not run: interrupted');
  });

  it('keeps to a time budget', async () => {
    const { stdout, status } = await runCli(['run', '--runs', '1000000', '--budget', '300ms', '--seed', '1']);
    expect(status).toBe(0);
    expect(stdout).toContain('✓ everything');
  });
});

describe.concurrent('a campaign in parts', () => {
  const everything = ['run', '--filter', 'everything', '--seed', '3', '--runs', '60'];

  it('gives the same with three workers as with one', async () => {
    const [one, three] = await Promise.all(
      ['1', '3'].map(
        async (workers) => JSON.parse((await runCli([...everything, '--workers', workers, '--json'])).stdout) as CampaignReport,
      ),
    );
    expect(one).toEqual({ ...three, durationMs: one?.durationMs });
    expect(one?.scenarios[0]).toMatchObject({ runs: 60, passed: true });
  });

  it('merges the reports of its shards into that of the whole', async () => {
    const directories = ['1/3', '2/3', '3/3'].map((shard) => join(directory, 'shards', shard.replace('/', '-of-')));
    const [whole] = await Promise.all([
      runCli([...everything, '--json']),
      ...directories.map((report, index) => runCli([...everything, '--shard', `${index + 1}/3`, '--report', report])),
    ]);
    const joined = await runCli(['merge', ...directories, '--json']);
    const report = JSON.parse(joined.stdout) as CampaignReport;
    expect(joined).toMatchObject({ status: 0, stderr: '' });
    expect(report).toEqual({ ...(JSON.parse(whole.stdout) as CampaignReport), durationMs: report.durationMs });

    const half = await runCli(['merge', ...directories.slice(1)]);
    expect(half).toMatchObject({ status: 2, stderr: 'Of 3 shards these are missing: 1/3.\n' });
  });
});

describe.concurrent('wrong usage', () => {
  it.each<[args: readonly string[], status: number, message: RegExp]>([
    [[], 2, /Usage: kafka-rehearsal/],
    [['rum'], 2, /unknown command 'rum'[^]*Did you mean run\?/],
    [['run', '--sede', '1'], 2, /unknown option '--sede'[^]*Did you mean --seed\?/],
    [['run', '--runs', '0'], 2, /Expected a whole number from 1 to 10000000/],
    [['run', '--budget', 'soon'], 2, /Expected a time such as 90s, 10m or 1h/],
    [['run', '--filter', 'nothing'], 2, /--filter nothing matches no scenario; there are steady, rebalances/],
    [['run', 'absent.config.ts'], 2, /There is no configuration at absent\.config\.ts/],
    [['run', '--transport', 'pigeon'], 2, /--transport is "pigeon", expected memory or kafkajs/],
    [['run', '--transport', 'wire'], 2, /--transport wire is not there yet/],
    [['run', '--workers', '0'], 2, /Expected a whole number from 1 to 256/],
    [['run', '--shard', '5/4'], 2, /--shard is "5\/4", expected one part of so many, such as 2\/8/],
    [['merge', 'absent'], 2, /absent.report\.json cannot be read/],
    [['run', '--brokers', 'localhost'], 2, /Expected host:port/],
    [['run', '--brokers', 'localhost:9092'], 2, /--brokers is for --transport kafkajs/],
    [['broker', '--port', '9092'], 2, /kafka-rehearsal broker is not there yet/],
    [['replay', 'absent.json'], 2, /absent\.json cannot be read/],
    [['run', '--report', import.meta.filename], 2, /--report is .*cli\.test\.ts, expected a directory that can be written/],
    [['run', import.meta.filename.replace('cli.test', 'run-cli')], 2, /exports no rehearsal/],
  ])('%j', async (args, status, message) => {
    const outcome = await runCli(args);
    expect(outcome).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) });
    // A sentence, no stack.
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  });

  it('a plan that is none', async () => {
    const path = join(directory, 'none.json');
    await writeFile(path, '{ "version": 1, "ops": 3 }');
    expect(await runCli(['replay', path])).toMatchObject({ status: 2, stderr: expect.stringContaining('is not a valid plan') });
    await writeFile(path, 'not JSON');
    expect(await runCli(['replay', path])).toMatchObject({ status: 2, stderr: expect.stringContaining('is no JSON') });
  });

  it('a broker that cannot be had ends with 3', async () => {
    const outcome = await runCli(['run', '--transport', 'kafkajs', '--brokers', '127.0.0.1:1', '--runs', '1']);
    expect(outcome).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('127.0.0.1:1') });
  });
});

describe.concurrent('help and version', () => {
  it('go to standard output and end with 0', async () => {
    expect(await runCli(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('replay'), stderr: '' });
    expect(await runCli(['run', '--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--budget <time>') });
    expect(await runCli(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
});
