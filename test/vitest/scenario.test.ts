import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

// Runs vitest in a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let project: string;
let first: string;

async function runVitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { cwd: project, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env } };
  const { stdout, stderr } = await run(join(root, 'node_modules/.bin/vitest'), ['run', '--root', '.', ...args], options).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout + stderr;
}

/** The part of vitest's output that is about one failed test. */
function failureOf(output: string, name: string): string {
  const start = output.indexOf(`> ${name}\n`, output.indexOf('Failed Tests'));
  expect(start, `${name} failed in:\n${output}`).toBeGreaterThan(0);
  return output.slice(start, output.indexOf('⎯⎯[', start));
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-scenario-'));
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await cp(join(import.meta.dirname, 'fixtures/broken.scenario.ts'), join(project, 'broken.test.ts'));
  const sources = {
    'kafka-rehearsal': 'src/index.ts',
    'kafka-rehearsal/scenarios': 'scenarios/index.ts',
    'kafka-rehearsal/vitest': 'testing/vitest/index.ts',
  };
  const alias = Object.entries(sources).map(([entry, path]) => ({ find: `^${entry}$`, replacement: join(root, path) }));
  await writeFile(
    join(project, 'vitest.config.ts'),
    `const alias = ${JSON.stringify(alias)}.map(({ find, replacement }) => ({ find: new RegExp(find), replacement }));
    export default { resolve: { alias } };\n`,
  );
  first = await runVitest(['broken.test.ts', '--reporter=verbose']);
});

afterAll(() => rm(project, { recursive: true, force: true }));

describe('a scenario that fails in vitest', () => {
  it('says what broke, how little it takes, what happened, and where to go from there', async () => {
    const text = failureOf(first, 'each order is charged once');
    for (const part of [
      'ScenarioFailure: "charged once" does not hold (in run ',
      'orders/0/0 was charged 2 times',
      'The smallest plan that shows it: ',
      'Member a joins',
      'What happened:',
      'did “charge” for record 0',
      '▲ charged once',
      'As a page:    .kafka-rehearsal/reports/each-order-is-charged-once.html',
      'Plan:         .kafka-rehearsal/failures/failure-each-order-is-charged-once-charged-once.json (tried first from now on',
      "Again:        npx vitest run broken.test.ts -t 'each order is charged once'",
      // Where it stands, and where the invariant threw.
      '❯ broken.test.ts:',
      'Caused by: Error: orders/0/0 was charged 2 times',
      'What happened, as a page',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('play-scenario-test');
    const lanes = text.slice(text.indexOf('What happened:'), text.indexOf('As a page:'));
    for (const line of lanes.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const page = await readFile(join(project, '.kafka-rehearsal/reports/each-order-is-charged-once.html'), 'utf8');
    expect(page).toContain('charged once');
    // What plays it again is this test: the command line does not know its handlers.
    const words = page.replaceAll(/<[^>]+>/g, '');
    expect(words).toMatch(/See it again\s*The small run that this page shows is saved as \.kafka-rehearsal\/failures\/[^ ]+\.json\./);
    expect(words).toContain('npx vitest run broken.test.ts -t');
    expect(words).not.toContain('kafka-rehearsal replay');
  });

  it('shows how the end differs from that of a calm run', () => {
    const text = failureOf(first, 'ends as a calm run');
    expect(text).toContain('"same-as-calm" does not hold');
    expect(text).toMatch(/- +1,\n\+ +2,/);
  });

  it('tells a mistake in the scenario from a violation', () => {
    const text = failureOf(first, 'has a mistake');
    expect(text).toContain('The scenario "has a mistake" is at fault, not the handlers: its invariant "sums up" threw TypeError');
    expect(text).toContain('Caused by: TypeError');
    expect(text).not.toContain('ScenarioFailure');
  });

  it('fails where it has proved nothing', () => {
    expect(failureOf(first, 'never sees a refund')).toContain('never seen: a refund');
  });

  it('has only, skip, each and examples', () => {
    expect(first).toContain('2 skipped');
    expect(first).toContain('✓ broken.test.ts > cases > holds for small');
    expect(first).toContain('✓ broken.test.ts > cases > holds for large');
    expect(first).not.toContain('× broken.test.ts > cases');
  });

  it('tries what has failed first, and keeps it when it holds again', async () => {
    const failures = await readdir(join(project, '.kafka-rehearsal/failures'));
    expect(failures).toEqual(['failure-each-order-is-charged-once-charged-once.json', 'failure-ends-as-a-calm-run-same-as-calm.json']);
    const again = failureOf(await runVitest(['broken.test.ts', '-t', 'each order is charged once']), 'each order is charged once');
    expect(again).toContain('(in .kafka-rehearsal/failures/failure-each-order-is-charged-once-charged-once.json, saved by an earlier run)');
    const page = await readFile(join(project, '.kafka-rehearsal/reports/each-order-is-charged-once.html'), 'utf8');
    expect(page).toContain(
      'Nothing was generated: this is .kafka-rehearsal/failures/failure-each-order-is-charged-once-charged-once.json, saved by an earlier run.',
    );
    expect(page.replaceAll(/<[^>]+>/g, '')).not.toMatch(/campaign, seed|The campaign/);

    // A committed failure is a test of its own, for the mended handlers and for the broken ones.
    await mkdir(join(project, 'regressions'));
    await cp(join(project, '.kafka-rehearsal/failures', failures[0] ?? ''), join(project, 'regressions/charged-twice.json'));
    const source = await readFile(join(project, 'broken.test.ts'), 'utf8');
    await writeFile(join(project, 'mended.test.ts'), source.replaceAll('const DEDUPLICATES = false', 'const DEDUPLICATES = true'));
    const outcomes = await runVitest(['mended.test.ts', 'broken.test.ts', '-t', 'saved failures in regressions hold']);
    expect(outcomes).toContain('✓ mended.test.ts');
    expect(failureOf(outcomes, 'saved failures in regressions hold')).toContain(
      '"charged once" does not hold (in regressions/charged-twice.json)',
    );
  });

  it('prints what was generated on request', async () => {
    const output = await runVitest(['broken.test.ts', '-t', 'holds for small'], {
      KAFKA_REHEARSAL_DISTRIBUTION: '1',
      KAFKA_REHEARSAL_SEED: '7',
    });
    expect(output).toContain('5 runs with seed 7');
    expect(output).toMatch(/orders, without a key +\d+\.\d %/);
    expect(output).toMatch(/small +100\.0 %/);
  });
});
