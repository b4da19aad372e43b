import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const run = promisify(execFile);

/** A Node below 22 on this machine's path, if there is one. */
function findOldNode(): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'));
  return candidates.find((path) => {
    if (!existsSync(path)) return false;
    const major = Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]);
    return major < 22;
  });
}

const oldNode = findOldNode();

test.skipIf(oldNode === undefined)(
  `an old Node gets one sentence, not a stack${oldNode === undefined ? ' (skipped: no Node below 22 on the path)' : ''}`,
  async () => {
    const bin = join(inject('withoutPeers'), 'node_modules/kafka-rehearsal/dist/cli/bin.js');
    const outcome = await run(oldNode as string, [bin, 'run']).then(
      (result) => ({ ...result, code: 0 }),
      (error: { stdout: string; stderr: string; code: number }) => error,
    );
    expect(outcome.code).toBe(2);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
    expect(outcome.stderr).toMatch(/22\.18/);
  },
);

test.skipIf(oldNode === undefined)('and so does a program that runs a manager on it', async () => {
  const program =
    "import('kafka-rehearsal').then(({ KafkaManager, kafkaConfig }) => new KafkaManager(kafkaConfig({}))).catch((error) => console.log(error.message))";
  const { stdout } = await run(oldNode as string, ['-e', program], { cwd: inject('withoutPeers') });
  expect(stdout).toMatch(/^kafka-rehearsal needs Node 22\.18 or later; this is Node \d/);
});
