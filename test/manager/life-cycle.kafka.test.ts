import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { kafkaTest as test } from '../../testing/kafka/kafka-test.ts';

/** What a stop may take beyond its deadline: the last commit, the group, the last sends. See docs/usage.md. */
const SLACK_MS = 5_000;
const PROGRAM = fileURLToPath(new URL('support/stop-at-every-moment.ts', import.meta.url));
const MANY_LIVES = fileURLToPath(new URL('support/many-lives.ts', import.meta.url));

describe('a manager that is stopped at any moment of its start, and of its work', () => {
  test.for([
    ['brokers that are well', 'none', 1, 120, 2_500],
    ['brokers that fall silent', 'silent', 20, 79, SLACK_MS],
    ['brokers that die', 'dead', 30, 149, SLACK_MS],
    ['brokers that nobody reaches any more', 'unreachable', 20, 49, SLACK_MS],
  ] as const)(
    'beside %s: stops in time, leaves nothing behind, and the process ends',
    async ([, trouble, first, last, limitMs], { kafka }) => {
      const topic = await kafka.topic({ partitions: 2 });
      const deadLetters = await kafka.topic({ configs: { 'max.message.bytes': '2000000' } });
      const given = [kafka.brokers.join(','), topic, deadLetters, String(first), String(last), trouble];
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ['--disable-warning=TimeoutNegativeWarning', PROGRAM, ...given],
        {
          timeout: 50_000,
          killSignal: 'SIGKILL',
        },
      );
      const { wrong, longestStopMs } = JSON.parse(stdout) as { readonly wrong: readonly string[]; readonly longestStopMs: number };
      expect({ wrong, stderr }).toEqual({ wrong: [], stderr: '' });
      expect(longestStopMs).toBeLessThan(limitMs);
    },
  );
});

test('managers that were started and stopped one after the other leave no memory, listener, socket or timer', async ({ kafka }) => {
  const given = [kafka.brokers.join(','), await kafka.topic(), kafka.groupId(), '12'];
  const flags = ['--expose-gc', '--disable-warning=TimeoutNegativeWarning'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, MANY_LIVES, ...given], { timeout: 50_000 });
  const { before, alive, resources, listeners } = JSON.parse(stdout) as Record<string, unknown>;
  expect({ resources, listeners }).toEqual({ resources: [], listeners: before });
  // Of 13; a promise of the last one may still hold it.
  expect(alive).toBeLessThan(3);
});
