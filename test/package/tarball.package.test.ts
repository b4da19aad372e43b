import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, inject, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

test('publint has nothing to say', async () => {
  const bytes = await readFile(inject('tarball'));
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, level: 'warning', strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('are the types wrong: no, for an ES module package', async () => {
  const { stdout } = await run(join(root, 'node_modules/.bin/attw'), [inject('tarball'), '--profile', 'esm-only', '--format', 'json']);
  const { problems = {}, analysis } = JSON.parse(stdout) as {
    problems?: Record<string, { resolutionKind?: string }[]>;
    analysis: { entrypoints: object };
  };
  // The JSON holds what the profile leaves out as well: resolution before `exports`, and require() before Node 22.12.
  const left = Object.values(problems)
    .flat()
    .filter(({ resolutionKind = '' }) => !['node10', 'node16-cjs'].includes(resolutionKind));
  expect(left).toEqual([]);
  expect(Object.keys(analysis.entrypoints)).toContain('./testing');
});

test('holds what it needs and nothing else', async () => {
  const { stdout } = await run('tar', ['-tzf', inject('tarball')]);
  const files = stdout
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
  expect(files).toEqual(
    expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/src/index.js', 'dist/src/index.d.ts']),
  );
  const strange = files.filter(
    (file) =>
      !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/[\w-]+\.md|observability\/[\w-]+\.(json|yaml)|dist\/.+\.(js|d\.ts|html|css|json))$/.test(
        file,
      ),
  );
  expect(strange).toEqual([]);
});

test('the manual is there: what the README points to, but for the repository’s own', async () => {
  const { stdout: readme } = await run('tar', ['-xzOf', inject('tarball'), 'package/README.md']);
  const { stdout: files } = await run('tar', ['-tzf', inject('tarball')]);
  const targets = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target as string);
  expect(targets).toContain('docs/usage.md');
  expect(targets.filter((target) => target !== 'CONTRIBUTING.md' && !files.includes(`package/${target}\n`))).toEqual([]);
});

test('files that are started by their path are there', async () => {
  const directory = join(inject('withoutPeers'), 'node_modules/kafka-rehearsal/dist');
  const named = new Set<string>();
  for await (const file of glob('**/*.js', { cwd: directory })) {
    const source = await readFile(join(directory, file), 'utf8');
    for (const [, module] of source.matchAll(/programFile\(["']([\w/-]+)["']\)/g)) named.add(`${module}.js`);
  }
  expect([...named].filter((file) => !existsSync(join(directory, file)))).toEqual([]);
  expect(named).toContain('scenarios/campaign/worker.js');
  expect(named).toContain('testing/kafka/supervisor.js');
});
