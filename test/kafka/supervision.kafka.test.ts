import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { whyNoJvm } from '../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION } from '../../testing/kafka/real-kafka.ts';

const run = promisify(execFile);
const missing = process.platform === 'win32' ? 'processes are counted with ps' : await whyNoJvm(DEFAULT_KAFKA_VERSION);

async function countBrokers(marker: string): Promise<number> {
  const { stdout } = await run('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(`-Drehearsal.marker=${marker}`)).length;
}

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`a run that ends by ${signal} leaves no broker and no directory behind`, async ({ skip }) => {
    if (missing !== null) skip(missing);
    const marker = randomUUID();
    const temporary = await mkdtemp(join(tmpdir(), 'supervision-test-'));
    const program = fileURLToPath(new URL('./start-and-wait.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', program, marker], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(child.stdout, 'data');
      expect(await countBrokers(marker)).toBe(2);
      expect(await readdir(temporary)).toHaveLength(1);
      child.kill(signal);
      await expect
        .poll(async () => [await countBrokers(marker), await readdir(temporary)], { timeout: 15_000, interval: 50 })
        .toEqual([0, []]);
    } finally {
      child.kill('SIGKILL');
      await rm(temporary, { recursive: true, force: true });
    }
  });
}
