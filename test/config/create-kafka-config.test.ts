import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import type { KafkaConfigInput } from '../../src/config/kafka-config.ts';
import { loadKafkaConfig } from '../../src/config/load-kafka-config.ts';
import { redacted } from '../../src/config/redacted.ts';
import { Secret } from '../../src/config/secret.ts';
import { problemsOf } from './problems-of.ts';

const pem = '-----BEGIN hush-----';
const secretive: KafkaConfigInput = {
  tls: { enabled: true, ca: '-----BEGIN CERTIFICATE-----', cert: '-----BEGIN CERTIFICATE-----', key: pem },
  sasl: { mechanism: 'scram-sha-256', username: 'someone', password: 'hush' },
};

describe('kafkaConfig', () => {
  it('has the defaults of the environment', () => {
    const { warnings, ...config } = kafkaConfig();
    expect(config).toEqual({ ...loadKafkaConfig({}), warnings: undefined });
    expect(warnings).toEqual([expect.stringMatching(/^sessionTimeoutMs is 6000/)]);
  });

  it('takes secrets as strings and as Secret', () => {
    const password = new Secret('hush');
    expect(kafkaConfig({ sasl: { mechanism: 'plain', username: 'u', password } }).sasl?.password).toBe(password);
    expect(kafkaConfig(secretive).sasl?.password.reveal()).toBe('hush');
    expect(kafkaConfig(secretive).tls?.key?.reveal()).toBe(pem);
  });

  it('names problems by property path, and refuses what it does not know', () => {
    const wrong = {
      brokers: 'a:1',
      tls: true,
      sasl: { password: 5, token: 'hush' },
      passwort: 'hush',
      sessionTimeoutMs: '6000',
      producer: { lingerMs: -1 },
    };
    const { message, problems } = problemsOf(() => kafkaConfig(wrong as never));
    expect(Object.keys(problems).sort()).toEqual([
      'brokers',
      'passwort',
      'producer.lingerMs',
      'sasl.mechanism',
      'sasl.password',
      'sasl.token',
      'sasl.username',
      'sessionTimeoutMs',
      'tls',
    ]);
    expect(problems['tls']?.expected).toBe('an object of enabled, ca, cert, key');
    expect(problems['sasl.token']).toMatchObject({ given: 'unknown', expected: 'one of mechanism, username, password' });
    expect(message).not.toContain('hush');
  });

  it('names every unknown property, of every group', () => {
    const { problems } = problemsOf(() => kafkaConfig({ broker: ['a:1'], groupid: 'g', producer: { linger: 1, batch: 2 } } as never));
    expect(Object.keys(problems).sort()).toEqual(['broker', 'groupid', 'producer.batch', 'producer.linger']);
  });

  it('asks for an array where one string is given for a list', () => {
    expect(problemsOf(() => kafkaConfig({ brokers: 'a:9092' } as never)).message).toBe(
      'Kafka configuration: brokers is "a:9092", expected an array of strings, not one string',
    );
    expect(problemsOf(() => kafkaConfig({ topics: 'orders' } as never)).problems['topics']?.expected).toMatch(/^an array of strings/);
  });

  it('says which entry of a list is none, as one of a variable that is not set', () => {
    const given = (input: object): string | undefined => problemsOf(() => kafkaConfig(input as never)).problems['brokers']?.given;
    expect(given({ brokers: ['a:1', undefined] })).toBe('an array of 2 whose entry 1 is undefined');
    expect(given({ brokers: [{ host: 'a' }] })).toBe('an array of 1 whose entry 0 is an object');
    expect(given({ brokers: ['kafka://user:hush@a:1'] })).not.toContain('hush');
  });

  it.each([null, 7, 'a:1'])('refuses %j', (input) => {
    expect(problemsOf(() => kafkaConfig(input as never)).message).toMatch(/the configuration is .*, expected an object/);
  });

  it('says that a password is empty without showing one', () => {
    expect(problemsOf(() => kafkaConfig({ sasl: { mechanism: 'plain', username: 'u', password: '' } })).message).toContain(
      'sasl.password is empty, expected at least one character',
    );
  });
});

describe('a configuration in a log', () => {
  it.each([
    ['JSON', (config: unknown) => JSON.stringify(config)],
    ['inspect', (config: unknown) => inspect(config, { depth: 9, showHidden: true })],
    ['a template', (config: unknown) => `${String((config as { sasl: { password: unknown } }).sasl.password)}`],
    ['structured clone', (config: unknown) => JSON.stringify(structuredClone(config))],
  ])('shows no secret as %s', (_name, print) => expect(print(kafkaConfig(secretive))).not.toContain('hush'));

  it('is plain data when redacted', () => {
    const shown = redacted(kafkaConfig(secretive));
    expect(shown).toMatchObject({
      sasl: { mechanism: 'scram-sha-256', username: 'someone', password: '[secret]' },
      tls: { ca: '[27 characters]', key: '[secret]' },
    });
    expect(JSON.stringify(shown)).not.toContain('hush');
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
  });
});
