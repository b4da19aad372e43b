import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSupervision } from '../../testing/kafka/supervision.ts';

/** The end of a supervision whose supervisor is not itself. */
describe('the end of a supervision', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'supervision-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function endOf(program: string, endLimitMs: number): Promise<unknown> {
    const file = join(directory, 'supervisor.mjs');
    await writeFile(file, program);
    const supervision = startSupervision({ file: pathToFileURL(file), endLimitMs });
    supervision.ownDirectory('/tmp/of-a-broker');
    return await supervision.end().catch((error: unknown) => error);
  }

  test('is over when the process is, though somebody else holds its pipe', async () => {
    const holdsThePipe = `
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true }).unref();
      setTimeout(() => process.exit(0), 100);`;
    const startedAt = performance.now();
    expect(await endOf(holdsThePipe, 25_000)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('has a limit, and names what is left', async () => {
    expect(await endOf('setInterval(() => {}, 1000);', 500)).toMatchObject({
      code: 'REAL_KAFKA_UNAVAILABLE',
      message: 'The process that removes the brokers has not done it: it ended by SIGKILL; look at /tmp/of-a-broker.',
    });
  });

  test('of one that fails is a failure', async () => {
    expect(await endOf('process.exit(1);', 25_000)).toMatchObject({ message: expect.stringContaining('exit code 1') as string });
  });
});
