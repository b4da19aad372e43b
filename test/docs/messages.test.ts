/** Messages in docs/usage.md that are not thrown by a snippet. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { consume, defineHandler } from '../../src/index.ts';
import type { Logger } from '../../src/index.ts';
import { decompress, replacePackageLoader } from '../../src/transports/kafkajs/wire/decompress.ts';
import { rehearse } from '../../testing/index.ts';

const SNAPPY = 2;

const page = await readFile(join(import.meta.dirname, '../../docs/usage.md'), 'utf8');

test('a record that cannot be decoded, and one that does not match', async () => {
  const lines: string[] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (data, message) => {
      const { topic, partition, offset, reason, err } = data as Record<string, unknown> & { readonly err?: Error };
      lines.push(`${message}  ${String(topic)}/${String(partition)}/${String(offset)}  ${String(reason)}: ${err?.message ?? ''}`);
    },
    error: () => {},
    child: (bindings) => ({ ...logger, warn: (data, message) => logger.warn({ ...bindings, ...data }, message), child: logger.child }),
  };
  const numbers = { '~standard': { version: 1, vendor: 'test', validate: validateOrder } } as const;
  const stage = await rehearse({ handlers: [defineHandler({ topic: 'orders', schema: numbers, handle: () => consume() })], logger });
  const good = { value: { cents: 1 } };
  await stage.produce('orders', [...Array.from({ length: 7 }, () => good), { value: 'not json' }, { value: { cents: 'one' } }]);
  await stage.idle();
  await stage.stop();
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(page).toContain(`${line}\n`);
});

function validateOrder(
  value: unknown,
): { readonly value: unknown } | { readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[] } {
  const isOrder = typeof (value as { readonly cents?: unknown }).cents === 'number';
  return isOrder ? { value } : { issues: [{ message: 'expected a number', path: ['cents'] }] };
}

test('a codec that is not installed', () => {
  const restore = replacePackageLoader(() => {
    throw new Error('not installed');
  });
  try {
    decompress(SNAPPY, Buffer.from('x'));
    expect.unreachable('nothing was missing');
  } catch (error) {
    expect(page).toContain(`\n${(error as Error).message}\n`);
  } finally {
    restore();
  }
});
