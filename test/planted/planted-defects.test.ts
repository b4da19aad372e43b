import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTED_DEFECTS } from './defects.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a campaign needs of the package. */
const PARTS = ['src', 'testing', 'scenarios', 'cli', 'package.json'];
const TIMEOUT_MS = 120_000;

/** A copy of the package, into which one defect is planted at a time. */
let copy = '';

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'planted-'));
  await Promise.all(PARTS.map((part) => cp(join(ROOT, part), join(copy, part), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rm(copy, { recursive: true, force: true }));

it.each(PLANTED_DEFECTS.map((defect) => [defect.name, defect] as const))(
  'is caught: %s',
  async (_name, { file, before, after, scenarios, runs, caughtBy }) => {
    const path = join(copy, file);
    const source = await readFile(path, 'utf8');
    expect(source.split(before).length - 1, `${file} has the text that is to be replaced`).toBe(1);
    await writeFile(
      path,
      source.replace(before, () => after),
    );
    try {
      const failures = await campaign(scenarios, runs);
      expect(failures.length, 'it was not caught').toBeGreaterThan(0);
      for (const invariant of failures) expect(caughtBy).toContain(invariant);
    } finally {
      await writeFile(path, source);
    }
  },
  TIMEOUT_MS,
);

it('stands in the documentation, with what catches it', async () => {
  const page = await readFile(join(ROOT, 'docs/campaigns.md'), 'utf8');
  for (const { name, caughtBy } of PLANTED_DEFECTS)
    expect(page).toContain(`| ${name} | ${caughtBy.map((invariant) => `\`${invariant}\``).join(', ')} |`);
});

/** The promises that a campaign on the copy saw broken. */
async function campaign(scenarios: string, runs: number): Promise<readonly string[]> {
  const argumentList = ['cli/bin.ts', 'run', '--filter', scenarios, '--runs', String(runs), '--seed', '1', '--workers', '1', '--json'];
  const report = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, argumentList, { cwd: copy, timeout: TIMEOUT_MS, maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
      // Status 1 says that a promise broke.
      if (error !== null && error.code !== 1) reject(new Error(`the campaign could not be made: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
  const { scenarios: reported } = JSON.parse(report) as { scenarios: { failure?: { invariant: string } }[] };
  return reported.flatMap(({ failure }) => (failure === undefined ? [] : [failure.invariant]));
}
