import { describe, expect, it, test } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const config = kafkaConfig({ enabled: true, groupId: 'billing' });
/** As a program without types would call it. */
const made = (given: unknown, dependencies?: unknown): KafkaManager => new KafkaManager(given as never, dependencies as never);

describe('a manager that is given what it cannot use', () => {
  it.each([undefined, null, 'orders', { enabled: true, brokers: ['localhost:9092'], groupId: 'billing' }])(
    'as its configuration: %j',
    (given) => {
      expect(() => made(given)).toThrow(/config is .*, expected what kafkaConfig\(\.\.\.\) or loadKafkaConfig\(\.\.\.\) returns/);
    },
  );

  it.each([
    [{ observer: () => {} }, 'observer is unknown; there are transport, logger, observers,'],
    [{ observers: () => {} }, 'observers is a function, expected an array of functions'],
    [{ observers: [{}] }, 'observers is an array of 1, expected an array of functions'],
    [{ logger: {} }, 'logger is an object, expected one with debug, info, warn, error, child, such as a pino logger'],
    [{ logger: console }, 'logger is an object'],
    [{ durableLedger: 'no' }, 'durableLedger is "no", expected true or false'],
    [{ limits: null }, 'limits is null, expected an object'],
    [
      { limits: { concurency: 1 } },
      'limits.concurency is unknown; there are limits.concurrency, limits.queuedBytes, limits.openWindow, limits.rateLimit',
    ],
    [{ limits: { concurrency: 0 } }, 'limits.concurrency is 0, expected a whole number from 1 to 100000'],
    [{ limits: { concurrency: 100_001 } }, 'limits.concurrency is 100001'],
    [{ limits: { queuedBytes: Number.NaN } }, 'limits.queuedBytes is NaN, expected a whole number from 1 to 1099511627776'],
    [{ limits: { openWindow: 1.5 } }, 'limits.openWindow is 1.5, expected a whole number from 1 to 10000000'],
    [{ limits: { rateLimit: 5 } }, 'limits.rateLimit is 5, expected { recordsPerSecond, burst? }'],
    [{ limits: { rateLimit: {} } }, 'limits.rateLimit.recordsPerSecond is undefined, expected a number above 0, to 1000000'],
    [{ limits: { rateLimit: { recordsPerSecond: Number.POSITIVE_INFINITY } } }, 'limits.rateLimit.recordsPerSecond is Infinity'],
    [
      { limits: { rateLimit: { recordsPerSecond: 1, burst: 0 } } },
      'limits.rateLimit.burst is 0, expected a whole number from 1 to 1000000',
    ],
  ])('besides: %o', (dependencies, message) => {
    expect(() => made(config, dependencies)).toThrow(message);
  });

  it('says all of it at once, and has a code', () => {
    expect(() => made(config, { limits: { concurrency: -1, openWindow: 0 }, observers: 5 })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/observers is 5.*limits\.concurrency is -1.*limits\.openWindow is 0/),
      }),
    );
  });
});

test('what is within the bounds, or left out as undefined, is taken', () => {
  made(config, { logger: undefined, observers: undefined, limits: undefined, durableLedger: undefined });
  made(config, {
    observers: [],
    logger: silentLogger,
    limits: { concurrency: 1, queuedBytes: 2 ** 40, openWindow: 1, rateLimit: { recordsPerSecond: 0.1 } },
  });
});

test('a start that fails by a foreign error says which', async () => {
  const transport = new ScriptedTransport();
  transport.createProducer = () => {
    throw new RangeError('no room');
  };
  await expect(made(config, { transport, logger: silentLogger }).start()).rejects.toMatchObject({
    code: 'CONSUMER_FAILED',
    message: 'The manager could not start: no room',
    cause: expect.any(RangeError),
  });
});
