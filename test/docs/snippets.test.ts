import { execFile } from 'node:child_process';
import { glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snippetsOf } from './snippets.ts';
import type { Snippet } from './snippets.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The entries' sources, so that the documentation is held against the code as it stands and not against the last build. */
const sources: Readonly<Record<string, string>> = {
  'kafka-rehearsal': 'src/index.ts',
  'kafka-rehearsal/kafkajs': 'src/transports/kafkajs/index.ts',
  'kafka-rehearsal/health': 'src/health/index.ts',
  'kafka-rehearsal/metrics': 'src/metrics/index.ts',
  'kafka-rehearsal/testing': 'testing/index.ts',
  'kafka-rehearsal/scenarios': 'scenarios/index.ts',
  'kafka-rehearsal/vitest': 'testing/vitest/index.ts',
  'kafka-rehearsal/real-kafka': 'testing/kafka/index.ts',
};

interface Laid extends Snippet {
  /** Where the snippet was written, in the project of all snippets. */
  readonly path: string;
  /** The message that the page shows below a program that throws. */
  readonly message: string | null;
}

let project: string;
let laid: readonly Laid[];

/** Lays every TypeScript snippet out as a file of one project, a directory for each page. */
async function lay(): Promise<readonly Laid[]> {
  const pages = ['README.md'];
  for await (const page of glob('docs/**/*.md', { cwd: root })) pages.push(page);
  const all: Laid[] = [];
  for (const page of pages.toSorted()) {
    const snippets = snippetsOf(page, await readFile(join(root, page), 'utf8'));
    for (const [index, snippet] of snippets.entries()) {
      if (snippet.language !== 'ts') continue;
      const path = join(page.replaceAll(/\W/g, '-'), snippet.file ?? `line-${snippet.place.split(':')[1]}.ts`);
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), snippet.code);
      const next = snippets[index + 1];
      all.push({ ...snippet, path, message: next?.language === 'text' ? next.code.trimEnd() : null });
    }
  }
  return all;
}

/** A test that runs a program. */
function wrap({ place, path, program, message }: Laid): string {
  const load = `import('./${path.split('/').at(-1)}')`;
  const body =
    program === 'run'
      ? `await ${load};`
      : `const error = await ${load}.then(() => null, (thrown) => thrown);\n  expect(error?.message).toBe(${JSON.stringify(message)});`;
  return `import { expect, test } from 'vitest';\n\ntest('${place}', async () => {\n  ${body}\n});\n`;
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-docs-'));
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  laid = await lay();
});

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

describe('the snippets of the documentation', { timeout: 180_000 }, () => {
  test('compile', async () => {
    const paths = Object.fromEntries(Object.entries(sources).map(([entry, path]) => [entry, [join(root, path)]]));
    const compilerOptions = {
      // A user's options, not ours: what compiles here compiles for him.
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ['node'],
      paths,
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: laid.map(({ path }) => path) }));
    const output = await run(join(root, 'node_modules/.bin/tsc'), ['-p', '.', '--pretty', 'false'], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    // Errors in the sources are the type check's business.
    const complaints = output.stdout.split('\n').filter((line) => line.includes('error TS') && !line.startsWith('..'));
    expect(complaints.map((line) => laid.reduce((text, { path, place }) => text.replace(path, place), line))).toEqual([]);
    expect(laid.length).toBeGreaterThan(0);
  });

  test('that are tests or programs run', async () => {
    const runnable = laid.filter(({ file, program }) => program !== null || file?.endsWith('.test.ts'));
    for (const snippet of runnable) {
      if (snippet.program !== null) await writeFile(join(project, snippet.path.replace(/\.ts$/, '.program.test.ts')), wrap(snippet));
    }
    const alias = Object.entries(sources).map(([entry, path]) => ({ find: `^${entry}$`, replacement: join(root, path) }));
    await writeFile(
      join(project, 'vitest.config.ts'),
      `const alias = ${JSON.stringify(alias)}.map(({ find, replacement }) => ({ find: new RegExp(find), replacement }));
      export default { resolve: { alias }, test: { include: ['**/*.test.ts'], testTimeout: 30_000 } };\n`,
    );
    const outputFile = join(project, 'report.json');
    const outcome = await run(
      join(root, 'node_modules/.bin/vitest'),
      ['run', '--reporter=json', `--outputFile=${outputFile}`, '--root', '.'],
      {
        cwd: project,
      },
    ).catch((error: { stdout: string; stderr: string }) => error);
    const report = JSON.parse(await readFile(outputFile, 'utf8').catch(() => '{}')) as {
      testResults?: {
        name: string;
        status: string;
        message: string;
        assertionResults: { fullName: string; failureMessages: string[] }[];
      }[];
    };
    const results = report.testResults ?? [];
    const failures = results.flatMap(({ name, status, message, assertionResults }) =>
      status === 'passed' ? [] : [[name, message, ...assertionResults.flatMap((result) => result.failureMessages)].join('\n')],
    );
    expect(failures, outcome.stderr).toEqual([]);
    expect(results).toHaveLength(runnable.length);
  });
});
