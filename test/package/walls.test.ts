import { execFile } from 'node:child_process';
import { copyFile, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Standard output, whether the tool was content or not. */
async function outputOf(tool: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await run(join(root, 'node_modules/.bin', tool), args, { cwd })).stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-walls-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

// The tools themselves run, each in a process of its own.
const LIMIT = { timeout: 60_000 };

describe('the type wall around the pure parts', LIMIT, () => {
  const forbidden = [
    'setTimeout(() => {}, 1);',
    'setInterval(() => {}, 1);',
    'setImmediate(() => {});',
    'queueMicrotask(() => {});',
    'process.exit();',
    "Buffer.from('a');",
    "console.log('a');",
    "fetch('http://localhost');",
    'performance.now();',
    'new AbortController();',
    "void import('node:fs');",
  ];

  test('refuses timers, process, Buffer, console and node modules', async () => {
    await writeFile(join(directory, 'impure.ts'), `${forbidden.join('\n')}\nexport const allowed: number[] = [1].toSorted();\n`);
    await writeFile(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.pure.json'), files: ['impure.ts'], include: [] }),
    );
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
    const output = await outputOf('tsc', ['-p', 'tsconfig.json', '--pretty', 'false'], directory);
    const refusedLines = new Set([...output.matchAll(/impure\.ts\((\d+),/g)].map((match) => Number(match[1])));
    expect([...refusedLines].toSorted((a, b) => a - b)).toEqual(forbidden.map((_, index) => index + 1));
  });

  test('stands around the broker core, the checker and the ledger', async () => {
    const output = await outputOf('tsc', ['-p', 'tsconfig.pure.json', '--listFilesOnly'], root);
    const files = output.split('\n').map((file) => relative(root, file));
    const pure: string[] = [];
    for await (const path of glob(['testing/{broker,checker}/**/*.ts', 'src/consumer/ledger.ts'], { cwd: root })) pure.push(path);
    expect(files).toEqual(expect.arrayContaining(pure));
    expect(files).toContain('src/record.ts');
    expect(files.filter((file) => file.includes('@types/node'))).toEqual([]);
  });
});

describe('the lint walls between the layers', LIMIT, () => {
  /** Each file breaks one rule, and the lint must say so; those with null are allowed and must pass. */
  const cases: readonly (readonly [path: string, source: string, rule: string | null])[] = [
    ['src/uses-testing.ts', "import { stage } from '../testing/index.ts';\nexport const a: unknown = stage;\n", 'no-restricted-imports'],
    ['src/consumer/ledger.ts', "import { join } from 'node:path';\nexport const b: unknown = join;\n", 'no-restricted-imports'],
    ['src/uses-time.ts', 'export const c: number = Date.now();\n', 'no-restricted-properties'],
    ['src/uses-random.ts', 'export const d: number = Math.random();\n', 'no-restricted-properties'],
    ['src/uses-timer.ts', 'export const e: unknown = setTimeout(() => {}, 1);\n', 'no-restricted-globals'],
    ['src/system-clock.ts', 'export const f: number = Date.now();\n', null],
    [
      'testing/uses-scenarios.ts',
      "import { zoo } from '../scenarios/index.ts';\nexport const g: unknown = zoo;\n",
      'no-restricted-imports',
    ],
    ['testing/broker/uses-date.ts', 'export const h: number = new Date(0).getTime();\n', 'no-restricted-globals'],
    ['testing/broker/uses-promise.ts', 'export const i: unknown = Promise.resolve();\n', 'no-restricted-globals'],
    ['testing/broker/uses-async.ts', 'export async function j(): Promise<void> {}\n', 'no-async-await'],
    ['testing/checker/uses-random.ts', 'export const k: number = Math.random();\n', 'no-restricted-properties'],
    ['testing/broker/uses-driver.ts', "import { m } from '../memory/index.ts';\nexport const l: unknown = m;\n", 'no-restricted-imports'],
    ['scenarios/uses-cli.ts', "import { run } from '../cli/run.ts';\nexport const m: unknown = run;\n", 'no-restricted-imports'],
    ['scenarios/uses-vitest.ts', "import { test } from 'vitest';\nexport const n: unknown = test;\n", 'no-restricted-imports'],
    ['src/cycle-a.ts', "import { o } from './cycle-b.ts';\nexport const p = (): unknown => o;\n", 'no-cycle'],
    ['src/cycle-b.ts', "import { p } from './cycle-a.ts';\nexport const o = (): unknown => p;\n", 'no-cycle'],
    ['src/floats.ts', 'async function q(): Promise<void> {}\nexport function r(): void {\n  q();\n}\n', 'no-floating-promises'],
    ['testing/index.ts', 'export const stage = 1;\n', null],
  ];

  test.for(cases.map(([path, , rule]) => [path, rule] as const))('%s: %s', async ([path, rule]) => {
    const found = (await findings()).get(path) ?? [];
    if (rule === null) expect(found).toEqual([]);
    else
      expect(
        found.some((code) => code.includes(rule)),
        `expected ${rule}, found ${found.join(', ')}`,
      ).toBe(true);
  });

  let cached: Promise<Map<string, string[]>> | undefined;
  function findings(): Promise<Map<string, string[]>> {
    cached ??= lintAll();
    return cached;
  }

  async function lintAll(): Promise<Map<string, string[]>> {
    const tree = join(directory, 'lint');
    for (const [path, source] of cases) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), source);
    }
    await copyFile(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
    await writeFile(join(tree, 'tsconfig.json'), await readFile(join(root, 'tsconfig.base.json')));
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    const report = JSON.parse(await outputOf('oxlint', ['-f', 'json'], tree)) as { diagnostics: { code: string; filename: string }[] };
    const byFile = new Map<string, string[]>();
    for (const { code, filename } of report.diagnostics) {
      const path = relative(tree, join(tree, filename));
      byFile.set(path, [...(byFile.get(path) ?? []), code]);
    }
    return byFile;
  }
});
