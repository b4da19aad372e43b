import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKafkaConfig } from '../../src/config/load-kafka-config.ts';
import { SETTINGS } from '../../src/config/setting-list.ts';
import { problemsOf } from './problems-of.ts';

const directory = mkdtempSync(join(tmpdir(), 'kafka-rehearsal-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('defaults', () => {
  it('are those of the documentation', () => {
    const config = loadKafkaConfig({});
    expect(config).toMatchObject({
      enabled: false,
      brokers: ['localhost:9092'],
      groupId: null,
      topics: null,
      autoOffsetReset: 'latest',
      sessionTimeoutMs: 6000,
      tls: null,
      sasl: null,
      logLevel: 'info',
    });
  });

  it('keep one lost answer from costing the membership, whatever the session time-out is', () => {
    for (const sessionTimeoutMs of [100, 300, 6000, 10_000, 30_000, 45_000, 1_800_000]) {
      const config = loadKafkaConfig({ KAFKA_SESSION_TIMEOUT_MS: String(sessionTimeoutMs) });
      expect(config.sessionTimeoutMs).toBe(sessionTimeoutMs);
      expect(config.requestTimeoutMs).toBeLessThanOrEqual(sessionTimeoutMs - 2 * config.heartbeatIntervalMs);
      expect(config.maxWaitTimeMs).toBeLessThan(config.requestTimeoutMs);
    }
  });

  it('hold for empty and blank variables too, as compose files pass them', () => {
    const blank = Object.fromEntries(SETTINGS.flatMap(({ variable, hidden }) => (hidden === true ? [[variable, '']] : [[variable, ' ']])));
    expect(loadKafkaConfig({ ...blank, KAFKA_SASL_USERNAME: '' })).toEqual(loadKafkaConfig({}));
  });
});

describe('values', () => {
  it('are read from the variables', () => {
    const config = loadKafkaConfig({
      KAFKA_ENABLED: 'TRUE',
      KAFKA_BROKERS: ' a.example:9092 , [::1]:9093,10.0.0.1:1',
      KAFKA_CONSUMER_GROUP_ID: ' orders ',
      KAFKA_TOPICS: 'a, b',
      KAFKA_AUTO_OFFSET_RESET: 'EARLIEST',
      KAFKA_SESSION_TIMEOUT_MS: '30000',
      KAFKA_REQUEST_TIMEOUT_MS: '20000',
      KAFKA_PRODUCER_LINGER_MS: '5',
      KAFKA_CONCURRENCY: '50',
      KAFKA_RECORDS_PER_SECOND: '0.5',
      KAFKA_RECORDS_BURST: '3',
      KAFKA_OPEN_WINDOW: '1000',
      KAFKA_QUEUED_BYTES: '1099511627776',
      KAFKA_DURABLE_LEDGER: 'no',
      KAFKA_LAG_INTERVAL_MS: '0',
      KAFKA_LOG_LEVEL: 'Warn',
    });
    expect(config).toMatchObject({
      enabled: true,
      brokers: ['a.example:9092', '[::1]:9093', '10.0.0.1:1'],
      groupId: 'orders',
      topics: ['a', 'b'],
      autoOffsetReset: 'earliest',
      sessionTimeoutMs: 30_000,
      requestTimeoutMs: 20_000,
      producer: { lingerMs: 5 },
      limits: { concurrency: 50, recordsPerSecond: 0.5, recordsBurst: 3, openWindow: 1_000, queuedBytes: 2 ** 40 },
      durableLedger: false,
      lagIntervalMs: 0,
      logLevel: 'warn',
      warnings: [],
    });
  });

  it.each(['true', 'TRUE', '1', 'yes', 'on'])('take %s as true', (text) =>
    expect(loadKafkaConfig({ KAFKA_ENABLED: text }).enabled).toBe(true),
  );
  it.each(['false', '0', 'No', 'off'])('take %s as false', (text) => expect(loadKafkaConfig({ KAFKA_ENABLED: text }).enabled).toBe(false));

  it('come from files where secrets do, without the line break at their end', () => {
    const config = loadKafkaConfig({
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME_FILE: file('user', 'someone\n'),
      KAFKA_SASL_PASSWORD_FILE: file('password', ' with blanks \r\n'),
      KAFKA_TLS_ENABLED: 'true',
      KAFKA_TLS_CA_FILE: file('ca.pem', '-----BEGIN CERTIFICATE-----\n...'),
    });
    expect(config.sasl).toMatchObject({ mechanism: 'scram-sha-512', username: 'someone' });
    expect(config.sasl?.password.reveal()).toBe(' with blanks ');
    expect(config.tls?.ca).toContain('BEGIN CERTIFICATE');
  });

  it('are frozen', () => {
    const config = loadKafkaConfig({ KAFKA_TOPICS: 'a' });
    for (const part of [config, config.brokers, config.topics, config.producer, config.warnings]) expect(Object.isFrozen(part)).toBe(true);
  });
});

describe('problems', () => {
  it('are reported all at once, each with variable, value and what is allowed', () => {
    const { message, problems } = problemsOf(() =>
      loadKafkaConfig({
        KAFKA_ENABLED: 'maybe',
        KAFKA_BROKERS: 'localhost',
        KAFKA_TOPICS: 'fine,not fine',
        KAFKA_AUTO_OFFSET_RESET: 'newest',
        KAFKA_SESSION_TIMEOUT_MS: '6s',
        KAFKA_SASL_MECHANISM: 'plain',
      }),
    );
    expect(Object.keys(problems).sort()).toEqual([
      'KAFKA_AUTO_OFFSET_RESET',
      'KAFKA_BROKERS',
      'KAFKA_ENABLED',
      'KAFKA_SASL_PASSWORD',
      'KAFKA_SASL_USERNAME',
      'KAFKA_SESSION_TIMEOUT_MS',
      'KAFKA_TOPICS',
    ]);
    expect(message).toContain('7 problems');
    expect(message).toContain('KAFKA_ENABLED is "maybe", expected true or false');
    expect(message).toContain('KAFKA_SESSION_TIMEOUT_MS is "6s", expected milliseconds, an integer from 100 to 1800000');
    expect(message).toContain('KAFKA_SASL_PASSWORD is not set, expected a value, because KAFKA_SASL_MECHANISM is set');
  });

  it.each([
    ['KAFKA_BROKERS', 'localhost:0'],
    ['KAFKA_BROKERS', 'localhost:65536'],
    ['KAFKA_BROKERS', 'http://localhost:9092'],
    ['KAFKA_BROKERS', 'a:1,,b:1'],
    ['KAFKA_BROKERS', 'a:1,a:1'],
    ['KAFKA_TOPICS', '..'],
    ['KAFKA_TOPICS', 'x'.repeat(250)],
    ['KAFKA_SESSION_TIMEOUT_MS', '99'],
    ['KAFKA_SESSION_TIMEOUT_MS', '6000.5'],
    ['KAFKA_SESSION_TIMEOUT_MS', '0x10'],
    ['KAFKA_MAX_BYTES_PER_PARTITION', '1e6'],
    ['KAFKA_CLIENT_ID', 'x'.repeat(256)],
    ['KAFKA_ISOLATION_LEVEL', 'serializable'],
    ['KAFKA_LOG_LEVEL', 'loud'],
    ['KAFKA_SASL_MECHANISM', 'gssapi'],
  ])('%s=%s is refused', (variable, value) => {
    expect(problemsOf(() => loadKafkaConfig({ [variable]: value })).problems).toHaveProperty(variable);
  });

  it('of times that do not go together name both settings', () => {
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_REQUEST_TIMEOUT_MS: '30000' })).message).toContain(
      'KAFKA_REQUEST_TIMEOUT_MS is 30000, expected at most 4000, which is KAFKA_SESSION_TIMEOUT_MS (6000) − 2 × KAFKA_HEARTBEAT_INTERVAL_MS (1000)',
    );
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_HEARTBEAT_INTERVAL_MS: '3000' })).message).toContain(
      'expected at most 2000, a third of KAFKA_SESSION_TIMEOUT_MS (6000)',
    );
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_MAX_WAIT_TIME_MS: '4000' })).message).toContain(
      'less than KAFKA_REQUEST_TIMEOUT_MS (4000)',
    );
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_PRODUCER_DELIVERY_TIMEOUT_MS: '29999' })).message).toContain('at least 30000');
  });

  it('of TLS material without TLS, and of half a key pair, are told', () => {
    const pem = '-----BEGIN CERTIFICATE-----';
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_TLS_CA: pem })).message).toContain(
      'KAFKA_TLS_ENABLED is not set, expected true, because KAFKA_TLS_CA is set',
    );
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_TLS_ENABLED: '1', KAFKA_TLS_CERT: pem })).problems).toHaveProperty('KAFKA_TLS_KEY');
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_TLS_ENABLED: '1', KAFKA_TLS_KEY: pem })).problems).toHaveProperty('KAFKA_TLS_CERT');
  });

  it('of files name the variable and why the file cannot be read', () => {
    const missing = join(directory, 'missing');
    const { problems } = problemsOf(() => loadKafkaConfig({ KAFKA_TLS_ENABLED: '1', KAFKA_TLS_CA_FILE: missing }));
    expect(problems).toEqual({
      KAFKA_TLS_CA_FILE: {
        name: 'KAFKA_TLS_CA_FILE',
        given: `"${missing}", which cannot be read (ENOENT)`,
        expected: 'the path of a readable file',
      },
    });
  });

  it('of a variable given both ways are told', () => {
    const sasl = {
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'hush',
      KAFKA_SASL_PASSWORD_FILE: file('p', 'hush'),
    };
    expect(problemsOf(() => loadKafkaConfig(sasl)).problems['KAFKA_SASL_PASSWORD']).toMatchObject({
      given: 'set, and so is KAFKA_SASL_PASSWORD_FILE',
    });
  });
});

describe('secrets', () => {
  it.each([
    { KAFKA_BROKERS: 'sasl://user:hush@host:9092' },
    { KAFKA_BROKERS: 'a:1,sasl://user:hu,hush@host:9092,b' },
    { KAFKA_TLS_ENABLED: '1', KAFKA_TLS_KEY: 'hush', KAFKA_TLS_CERT: 'hush', KAFKA_TLS_CA: 'hush' },
    { KAFKA_SASL_PASSWORD: 'hush' },
    { KAFKA_SASL_PASSWORD: 'hush', KAFKA_SASL_MECHANISM: 'wrong' },
  ])('do not show in problems: %j', (environment) => {
    const { message, problems } = problemsOf(() => loadKafkaConfig(environment));
    expect(message).not.toMatch(/hush|hu,/);
    expect(JSON.stringify(problems)).not.toMatch(/hush|hu,/);
  });

  it('leave the host of a broker readable', () => {
    expect(problemsOf(() => loadKafkaConfig({ KAFKA_BROKERS: 'sasl://user:hush@host:9092' })).message).toContain('"[secret]@host:9092"');
  });
});

describe('warnings', () => {
  it('say that a session of 6 s is short, and take it as given', () => {
    expect(loadKafkaConfig({}).warnings).toEqual([expect.stringMatching(/KAFKA_SESSION_TIMEOUT_MS is 6000.*30000 is wiser/)]);
    expect(loadKafkaConfig({ KAFKA_SESSION_TIMEOUT_MS: '30000' }).warnings).toEqual([]);
  });

  it('say when a password travels in clear text', () => {
    const sasl = { KAFKA_SESSION_TIMEOUT_MS: '30000', KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };
    expect(loadKafkaConfig(sasl).warnings).toEqual([expect.stringContaining('clear text')]);
    expect(loadKafkaConfig({ ...sasl, KAFKA_TLS_ENABLED: 'true' }).warnings).toEqual([]);
  });

  it('name variables that look misspelt, and leave those of Kubernetes and Kafka alone', () => {
    const environment = {
      KAFKA_SESSION_TIMEOUT_MS: '30000',
      KAFKA_BROKER: 'x',
      KAFKA_GROUP_ID: 'g',
      KAFKA_PORT: 'tcp://1',
      KAFKA_SERVICE_HOST: 'h',
      KAFKA_HEAP_OPTS: '-Xmx1g',
      KAFKA_TOPCS: '',
    };
    expect(loadKafkaConfig(environment).warnings).toEqual([
      'KAFKA_BROKER is set, but unknown and without effect; KAFKA_BROKERS is meant?',
      'KAFKA_GROUP_ID is set, but unknown and without effect; KAFKA_CONSUMER_GROUP_ID is meant?',
    ]);
  });
});

describe('limits', () => {
  it.each([
    [{ KAFKA_RECORDS_PER_SECOND: '0' }, 'KAFKA_RECORDS_PER_SECOND', 'a number above 0, up to 1000000'],
    [{ KAFKA_RECORDS_PER_SECOND: 'fast' }, 'KAFKA_RECORDS_PER_SECOND', 'a number above 0, up to 1000000'],
    [{ KAFKA_RECORDS_PER_SECOND: '1000001' }, 'KAFKA_RECORDS_PER_SECOND', 'a number above 0, up to 1000000'],
    [{ KAFKA_RECORDS_BURST: '5' }, 'KAFKA_RECORDS_PER_SECOND', 'a value, because KAFKA_RECORDS_BURST is set'],
    [{ KAFKA_RECORDS_PER_SECOND: '5', KAFKA_RECORDS_BURST: '1.5' }, 'KAFKA_RECORDS_BURST', 'records, an integer from 1 to 1000000'],
    [{ KAFKA_CONCURRENCY: '0' }, 'KAFKA_CONCURRENCY', 'calls, an integer from 1 to 100000'],
    [{ KAFKA_OPEN_WINDOW: '0' }, 'KAFKA_OPEN_WINDOW', 'records, an integer from 1 to 10000000'],
    [{ KAFKA_QUEUED_BYTES: '1e9' }, 'KAFKA_QUEUED_BYTES', 'bytes, an integer from 1 to 1099511627776'],
  ])('%j is refused', (environment, name, expected) => {
    const { problems } = problemsOf(() => loadKafkaConfig(environment));
    expect(problems).toMatchObject({ [name]: { expected } });
    expect(Object.keys(problems)).toEqual([name]);
  });

  it('are none where none are given', () => {
    expect(loadKafkaConfig({}).limits).toEqual({
      concurrency: null,
      recordsPerSecond: null,
      recordsBurst: null,
      openWindow: 100_000,
      queuedBytes: 268_435_456,
    });
  });
});
