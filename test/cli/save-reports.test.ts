import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli } from './run-cli.ts';

// A process on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-reports-'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

it('writes a page, JUnit XML, a summary, JSON and the failure, and adds the summary to the step of a workflow', async () => {
  const stepSummary = join(directory, 'step.md');
  vi.stubEnv('GITHUB_STEP_SUMMARY', stepSummary);
  const report = join(directory, 'deep/report');
  const { status, stdout } = await runCli(['run', '--filter', 'zoo-1', '--seed', '1', '--report', report]);
  expect(status).toBe(1);
  expect(stdout).toContain(`The report to look at: ${join(report, 'report.html')}`);
  expect((await readdir(report)).sort()).toEqual([
    'failure-zoo-1-commit-past-open.json',
    'junit.xml',
    'report.html',
    'report.json',
    'summary.md',
  ]);
  const read = (name: string): Promise<string> => readFile(join(report, name), 'utf8');
  expect(await read('report.html')).toMatch(/^<!doctype html>[\s\S]*A commit passed a record that was not done[\s\S]*<svg/);
  expect(await read('junit.xml')).toContain('<failure type="commit-past-open"');
  expect(await read('summary.md')).toContain('### zoo\\-1: A commit passed a record that was not done');
  expect(await readFile(stepSummary, 'utf8')).toBe(await read('summary.md'));
});
