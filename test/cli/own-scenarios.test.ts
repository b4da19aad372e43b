import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli, type CliOutcome } from './run-cli.ts';

// Processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = join(import.meta.dirname, '../..');

let directory: string;
let first: CliOutcome;
let saved: string;

const config = (deduplicates: boolean): string => `
  import { defineRehearsal, defineScenario } from '${root}/scenarios/index.ts';
  import { defineHandler } from '${root}/src/define-handler.ts';
  import { consume } from '${root}/src/action.ts';
  const charged = defineScenario('each order is charged once', {
    world: () => ({ charged: new Map() }),
    handlers: ({ charged }, { effect }) => [defineHandler({ topic: 'orders', tombstones: 'consume', async handle(_value, { id }) {
      await effect('charge', { id }, () => { if (!${deduplicates} || !charged.has(id)) charged.set(id, (charged.get(id) ?? 0) + 1); });
      return consume();
    } })],
    messages: (fc) => ({ orders: fc.record({ key: fc.constantFrom('a', 'b'), value: fc.record({ cents: fc.nat(9) }) }) }),
    runs: 60,
    invariants: { 'charged once': ({ world }) => { for (const [id, times] of world.charged) if (times > 1) throw new Error(id + ' was charged ' + times + ' times'); } },
  });
  export default defineRehearsal({ scenarios: [charged] });`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-own-'));
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  await writeFile(join(directory, 'rehearsal.config.ts'), config(false));
  first = await runCli(['run', '--seed', '1'], { cwd: directory });
  const [name] = await readdir(join(directory, '.kafka-rehearsal/failures'));
  saved = join('.kafka-rehearsal/failures', name ?? '');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('scenarios of a rehearsal.config.ts', () => {
  it('are played, shown when they break, and saved', async () => {
    expect(first.status).toBe(1);
    for (const text of [
      '✗ each order is charged once: charged once',
      'orders/0/0 was charged 2 times',
      'did “charge” for record',
      '▲ charged once',
      `--filter 'each order is charged once'`,
      `replay ${saved}`,
    ])
      expect(first.stdout).toContain(text);
    expect(JSON.parse(await readFile(join(directory, saved), 'utf8'))).toMatchObject({
      invariant: 'charged once',
      config: 'rehearsal.config.ts',
      traceHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('are tried first with what broke before', async () => {
    const again = await runCli(['run', '--seed', '2', '--json'], { cwd: directory });
    expect(again.status).toBe(1);
    const report = JSON.parse(again.stdout) as { readonly passed: boolean; readonly scenarios: readonly { readonly runs: number }[] };
    expect(report).toMatchObject({ passed: false, scenarios: [{ runs: 1, failure: { invariant: 'charged once' } }] });
  });

  it('go into the report with what broke before, and the command for it knows the handlers', async () => {
    // As a test saves it: without the configuration.
    const failure = JSON.parse(await readFile(join(directory, saved), 'utf8')) as object;
    await writeFile(join(directory, saved), JSON.stringify({ ...failure, config: null, test: 'orders.test.ts' }));
    const outcome = await runCli(['run', 'rehearsal.config.ts', '--report', 'out'], { cwd: directory });
    await writeFile(join(directory, saved), JSON.stringify(failure));
    const command = `replay ${saved} --config rehearsal.config.ts`;
    expect(outcome.stdout).toContain(`Again:  npx kafka-rehearsal ${command}\n`);
    expect((await runCli(command.split(' '), { cwd: directory })).status).toBe(1);
    const [file] = (await readdir(join(directory, 'out'))).filter((name) => name.startsWith('failure-'));
    expect((await runCli(['replay', `out/${file}`], { cwd: directory })).stdout).toContain('the very run that was saved');
    const page = await readFile(join(directory, 'out/report.html'), 'utf8');
    expect(page).toContain(`<span>${file}</span>`);
    expect(page).toContain('<b>An earlier run has found it,</b>');
    expect(JSON.parse(await readFile(join(directory, 'out/report.json'), 'utf8'))).not.toMatchObject({ durationMs: 0 });
  });

  it('are saved for the next run beside a report too', async () => {
    const home = join(directory, 'with-report');
    await mkdir(home);
    await writeFile(join(home, 'rehearsal.config.ts'), config(false));
    await runCli(['run', '--seed', '1', '--report', 'out'], { cwd: home });
    const reported = (await readdir(join(home, 'out'))).filter((name) => name.startsWith('failure-'));
    expect(reported).toHaveLength(1);
    expect(await readdir(join(home, '.kafka-rehearsal/failures'))).toEqual(reported);
  });

  it('hold when they are mended, and the saved failure with them', async () => {
    await writeFile(join(directory, 'mended.config.ts'), config(true));
    const outcome = await runCli(['run', 'mended.config.ts', '--seed', '1'], { cwd: directory });
    expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining('60 runs') });
    const replayed = await runCli(['replay', saved, '--config', 'mended.config.ts'], { cwd: directory });
    expect(replayed).toMatchObject({ status: 0, stdout: expect.stringContaining('✓ Everything held.') });
  });

  it('end with 2 and one sentence where their own code is at fault', async () => {
    await writeFile(join(directory, 'mistaken.config.ts'), config(true).replace('new Map()', 'undefined.x'));
    const outcome = await runCli(['run', 'mistaken.config.ts', '--runs', '3'], { cwd: directory });
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/is at fault, not the handlers: `world` threw TypeError: .* \(mistaken\.config\.ts:\d+:\d+\)\n$/);
  });
});

describe('replay', () => {
  it('gives the same trace hash in another process, and says so', async () => {
    const outcome = await runCli(['replay', saved], { cwd: directory });
    expect(outcome).toMatchObject({ status: 1, stdout: expect.stringMatching(/trace [0-9a-f]{16}, the very run that was saved/) });
    const json = await runCli(['replay', saved, '--json'], { cwd: directory });
    expect(JSON.parse(json.stdout)).toMatchObject({ passed: false, sameTrace: true });
  });

  it('lists every event with --step in a pipe, and every request with --verbose', async () => {
    const steps = await runCli(['replay', saved, '--step'], { cwd: directory });
    expect(steps.stdout).toMatch(/record 0 is handed over, delivery 1\n.*record 0: effect charge\n/);
    expect(steps.stdout).toContain('▲  charged once: orders/0/0 was charged 2 times');
    expect(steps.stdout).not.toContain('→ broker');
    const verbose = await runCli(['replay', saved, '--verbose'], { cwd: directory });
    expect(verbose.stdout).toMatch(/a#1 → broker \d: OffsetCommit/);
    expect(verbose.stdout).toMatch(/a#1 ← broker \d: JoinGroup/);
    expect(verbose.stdout).toContain('says: batch accepted orders-0');
  });

  it('names the test that a failure belongs to', async () => {
    const file = join(directory, 'of-a-test.json');
    const failure = JSON.parse(await readFile(join(directory, saved), 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...failure, config: null, test: 'orders.test.ts' }));
    const outcome = await runCli(['replay', file], { cwd: tmpdir() });
    expect(outcome).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`npx vitest run orders.test.ts -t 'each order is charged once'`),
    });
  });

  it('ends quietly when its reader has had enough', async () => {
    const stderr = await new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [join(root, 'cli/bin.ts'), 'replay', saved, '--verbose'], { cwd: directory });
      let text = '';
      child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
      child.stdout.destroy();
      child.on('close', () => resolve(text));
    });
    expect(stderr).toBe('');
  });
});

describe('init', () => {
  it('writes a handler, its test and a configuration, once, and says what to run', async () => {
    // Of type module, whatever stands above the temporary directory: elsewhere the files end in .mts.
    const home = join(directory, 'of-type-module');
    await mkdir(home);
    await writeFile(join(home, 'package.json'), '{ "type": "module" }');
    const target = join(home, 'started');
    const written = await runCli(['init', target]);
    expect(written).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('npx vitest run') });
    expect((await readdir(target)).sort()).toEqual(['order-handler.test.ts', 'order-handler.ts', 'rehearsal.config.ts']);
    await writeFile(join(target, 'order-handler.ts'), '// mine');
    const again = await runCli(['init', target]);
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing was written.') });
    expect(await readFile(join(target, 'order-handler.ts'), 'utf8')).toBe('// mine');
  });
});
