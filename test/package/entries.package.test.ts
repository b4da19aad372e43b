import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { entries, peerOf } from './entries.ts';

const run = promisify(execFile);

/** Runs a program in a fresh process of the Node that runs the tests. */
async function evaluate(cwd: string, type: 'module' | 'commonjs', source: string): Promise<string> {
  const { stdout } = await run(process.execPath, [`--input-type=${type}`, '--eval', source], { cwd });
  return stdout.trim();
}

const importing = (entry: string): string => `
  try { console.log(Object.keys(await import('${entry}')).length > 0 ? 'loaded' : 'empty'); }
  catch (error) { console.log(error.code + ': ' + error.message); }`;

const requiring = (entry: string): string => `
  try { console.log(Object.keys(require('${entry}')).length > 0 ? 'loaded' : 'empty'); }
  catch (error) { console.log(error.code + ': ' + error.message); }`;

describe('with no optional peer installed', () => {
  test.for(entries)('import %s', async (entry) => {
    const outcome = await evaluate(inject('withoutPeers'), 'module', importing(entry));
    const peer = peerOf[entry];
    if (peer === undefined) expect(outcome).toBe('loaded');
    else expect(outcome).toContain(`'${peer}'`);
  });
});

test('a campaign without fast-check names the package to install', async () => {
  const outcome = await evaluate(
    inject('withoutPeers'),
    'module',
    `import { commitSemantics, memoryPlace, runScenarios } from 'kafka-rehearsal/scenarios';
    await runScenarios(commitSemantics, { place: memoryPlace, runs: 1, seed: 1 }).then(
      () => console.log('it ran'),
      (error) => console.log(error.name + ' ' + error.code + ': ' + error.message));`,
  );
  expect(outcome).toMatch(/^KafkaError PEER_MISSING: .*npm install --save-dev fast-check/);
});

describe('with every peer installed', () => {
  test.for(entries)('import %s', async (entry) => {
    expect(await evaluate(inject('withPeers'), 'module', importing(entry))).toBe('loaded');
  });

  // vitest itself refuses to be required, and so does what imports it.
  test.for(entries.filter((entry) => entry !== 'kafka-rehearsal/vitest'))('require %s', async (entry) => {
    expect(await evaluate(inject('withPeers'), 'commonjs', requiring(entry))).toBe('loaded');
  });
});
