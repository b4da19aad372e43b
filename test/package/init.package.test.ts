import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, inject, test } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const directory = join(inject('withPeers'), 'started');
const commonJs = join(inject('withPeers'), 'started-commonjs');

async function outputOf(command: string, args: readonly string[], cwd = directory): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const { stdout } = await run(command, args, { cwd, env }).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

const bin = join(inject('withPeers'), 'node_modules/kafka-rehearsal/dist/cli/bin.js');

afterAll(() => Promise.all([directory, commonJs].map((path) => rm(path, { recursive: true, force: true }))));

test('what init writes is green on the packed package: types, tests and the command line', async () => {
  await mkdir(directory);
  const written = await outputOf(process.execPath, [bin, 'init']);
  expect(written).toContain('wrote  order-handler.test.ts');
  const options = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext', '--strict', '--types', 'node'];
  const files = ['order-handler.ts', 'order-handler.test.ts', 'rehearsal.config.ts'];
  await outputOf(join(root, 'node_modules/.bin/tsc'), [...options, '--noEmit', '--skipLibCheck', '--allowImportingTsExtensions', ...files]);
  const tested = await outputOf(process.execPath, [join(inject('withPeers'), 'node_modules/vitest/vitest.mjs'), 'run', '--root', '.']);
  expect(tested).toMatch(/Tests +3 passed/);
  const played = await outputOf(process.execPath, [bin, 'run', '--runs', '30', '--seed', '1']);
  expect(played).toContain('✓ every order is saved');
  expect(played).toContain('Everything held.');
});

test('and so it is in a package of type commonjs, as npm init makes it', async () => {
  await mkdir(commonJs);
  await writeFile(join(commonJs, 'package.json'), JSON.stringify({ name: 'started-commonjs', type: 'commonjs' }));
  await outputOf(process.execPath, [bin, 'init'], commonJs);
  const vitest = join(inject('withPeers'), 'node_modules/vitest/vitest.mjs');
  expect(await outputOf(process.execPath, [vitest, 'run', '--root', '.'], commonJs)).toMatch(/Tests +3 passed/);
  expect(await outputOf(process.execPath, [bin, 'run', '--runs', '30', '--seed', '1'], commonJs)).toContain('Everything held.');
});
