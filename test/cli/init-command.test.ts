import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-init-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const writeManifest = (manifest: object): Promise<void> => writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
const started = async (at = directory): Promise<readonly string[]> => (await readdir(at)).filter((name) => /^(order|rehearsal)/.test(name));

test('in a package of modules it writes .ts files, in one line each, with their meanings below each other', async () => {
  await writeManifest({ type: 'module' });
  const { status, stdout } = await runCli(['init'], { cwd: directory });
  expect(status).toBe(0);
  expect(await started()).toEqual(['order-handler.test.ts', 'order-handler.ts', 'rehearsal.config.ts']);
  const lines = stdout.split('\n').slice(0, 3);
  expect(lines.map((line) => line.search(/(a handler|what is|its tests)/))).toEqual([32, 32, 32]);
  expect(stdout).toContain('Next:\n  npm install --save-dev vitest fast-check\n  npx vitest run\n  npx kafka-rehearsal run\n');
});

// `npm init -y` makes a package of type commonjs, where Node refuses `import` in a .ts file.
test.each([{ type: 'commonjs' }, {}])('in a package of %o it writes .mts files, which are modules wherever they lie', async (manifest) => {
  await writeManifest(manifest);
  const { stdout } = await runCli(['init', 'deep/er'], { cwd: directory });
  const at = join(directory, 'deep/er');
  expect(await started(at)).toEqual(['order-handler.mts', 'order-handler.test.mts', 'rehearsal.config.mts']);
  for (const name of await started(at)) expect(await readFile(join(at, name), 'utf8')).not.toMatch(/from '\.\/[^']+\.ts'/);
  expect(stdout).toContain('npx kafka-rehearsal run deep/er/rehearsal.config.mts');
});

test('a file in the place of the directory ends it in one sentence', async () => {
  await writeManifest({});
  const { status, stderr } = await runCli(['init', 'package.json'], { cwd: directory });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^package\.json is no directory that can be written: EEXIST[^\n]*\n$/);
});

test('what is there stays as it is', async () => {
  await writeManifest({ type: 'module' });
  await writeFile(join(directory, 'order-handler.ts'), 'mine');
  const { stdout } = await runCli(['init'], { cwd: directory });
  expect(stdout).toMatch(/kept {3}order-handler\.ts +is there already/);
  expect(await readFile(join(directory, 'order-handler.ts'), 'utf8')).toBe('mine');
  expect((await runCli(['init'], { cwd: directory })).stdout).toContain('Nothing was written.');
});

test('says what tsc needs for imports that end in .ts, unless the project has it', async () => {
  await writeManifest({ type: 'module' });
  const hint = 'rewriteRelativeImportExtensions';
  await writeFile(join(directory, 'tsconfig.json'), '{ "compilerOptions": { "module": "nodenext" /* , "allowImportingTsExtensions" */ } }');
  expect((await runCli(['init'], { cwd: directory })).stdout).toContain(hint);
  await rm(join(directory, 'order-handler.ts'));
  await writeFile(join(directory, 'tsconfig.json'), '{ "compilerOptions": { "allowImportingTsExtensions": true, "noEmit": true } }');
  expect((await runCli(['init'], { cwd: directory })).stdout).not.toContain(hint);
});

test('a configuration that Node takes for CommonJS is told as what it is, with the way out', async () => {
  await writeManifest({ type: 'commonjs' });
  await writeFile(join(directory, 'rehearsal.config.ts'), "import 'node:fs';\nexport const rehearsal = 1;\n");
  const { status, stderr } = await runCli(['run'], { cwd: directory });
  expect(status).toBe(2);
  expect(stderr).toContain('npm pkg set type=module');
  expect(stderr).toContain('.mts');
});
