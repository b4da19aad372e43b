import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What npm says when there is no registry to ask; anything else is a failure of ours. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

let project: string;
let offline: string | undefined;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-jest-'));
  await cp(join(root, 'test/package/fixtures/jest'), project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'orders', private: true, type: 'commonjs' }));
  try {
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', inject('tarball'), 'jest@30'], { cwd: project });
  } catch (error) {
    const { stderr } = error as { stderr: string };
    if (process.env['CI'] !== undefined || !OFFLINE.test(stderr)) throw error;
    offline = `npm reaches no registry: ${OFFLINE.exec(stderr)?.[0]}`;
  }
});

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

// The recipe of docs/usage.md: Jest 30 requires ES modules on Node 24.9 and later, behind this flag.
test('a Jest project in CommonJS requires the package', async ({ skip }) => {
  if (offline !== undefined) skip(offline);
  const outcome = await run(process.execPath, ['node_modules/jest/bin/jest.js', '--ci'], {
    cwd: project,
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(':'),
      HOME: process.env['HOME'],
      NODE_OPTIONS: '--experimental-vm-modules',
    },
  }).catch((error: { stderr: string }) => error);
  expect(outcome.stderr).toContain('Tests:       1 passed, 1 total');
});
