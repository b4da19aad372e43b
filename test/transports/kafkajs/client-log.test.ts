import { expect, test } from 'vitest';
import { EventLog } from '../../../src/log/event-log.ts';
import type { Logger } from '../../../src/logger.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { makeClient } from '../../../src/transports/kafkajs/client-options.ts';
import { kafkajsTransport } from '../../../src/transports/kafkajs/transport.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function recordingLogger(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (fields: object, message = ''): void =>
      void lines.push({ level, message, fields: { ...fields } });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } as Logger;
}

/** Nothing listens there. */
const NOBODY = '127.0.0.1:1';

test('what kafkajs says again and again while a broker is down is one line, and one more with how often', async () => {
  const lines: Line[] = [];
  const transport = kafkajsTransport({ brokers: [NOBODY], logger: recordingLogger(lines) });
  const refused = (): readonly unknown[] =>
    lines
      .filter(({ message }) => message.startsWith(`Connection error: connect ECONNREFUSED ${NOBODY}`))
      .map(({ fields }) => fields['folded'] ?? 'first');
  await expect(transport.connect({ timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  expect(refused()).toEqual(['first']);
  await expect(transport.connect({ timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  expect(refused()).toEqual(['first']);
  await transport.close();
  // Three tries of each attempt; the last line says how many were not written.
  expect(refused()).toEqual(['first', 5]);
  expect(lines.filter(({ level }) => level !== 'debug').every(({ fields }) => fields['event'] === 'client-warning')).toBe(true);
});

test('an error that kafkajs logs instead of a message is a line too; it threw where kafkajs was about to tell why it cannot connect', () => {
  const lines: Line[] = [];
  const log = new EventLog(recordingLogger(lines), systemClock);
  const client = makeClient({ brokers: [NOBODY] }, 1_000, log, () => false);
  // As its BrokerPool does when a broker refuses to authenticate.
  client.logger().error(new Error('SASL PLAIN authentication failed') as unknown as string, { retryCount: 0 });
  log.close();
  expect(lines).toMatchObject([{ level: 'warn', message: 'SASL PLAIN authentication failed', fields: { event: 'client-warning' } }]);
});
