import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { KafkaError } from '../../../src/errors.ts';
import { Secret } from '../../../src/config/secret.ts';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import { whyNoJvm } from '../../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../../testing/kafka/real-kafka.ts';
import { kafkajsTest } from './support/kafkajs-test.ts';

const missing = await whyNoJvm(DEFAULT_KAFKA_VERSION);

async function failure(options: Parameters<typeof kafkajsTransport>[0], timeoutMs = 5_000): Promise<KafkaError> {
  const transport = kafkajsTransport(options);
  try {
    return await transport.connect({ timeoutMs }).then(
      () => Promise.reject(new Error('it connected')),
      (error: KafkaError) => error,
    );
  } finally {
    await transport.close();
  }
}

async function listening(accept: (socket: net.Socket) => void): Promise<{ address: string; close: () => void }> {
  const server = net.createServer(accept);
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('connect', () => {
  test('nothing listens there', async () => {
    const error = await failure({ brokers: ['127.0.0.1:1'] });
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', details: { broker: '127.0.0.1:1' } });
    expect(error.message).toMatch(/127\.0\.0\.1:1.*ECONNREFUSED.*is it running, and is the port right/);
  });

  test('the host name does not resolve', async () => {
    const error = await failure({ brokers: ['no-such-host.invalid:9092'] });
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(error.message).toMatch(/no-such-host\.invalid:9092.*does not resolve/);
  });

  test('something that stays silent: the time is kept, and every broker named', async () => {
    const silent = await listening(() => {});
    const startedAt = performance.now();
    const error = await failure({ brokers: [silent.address, '127.0.0.1:1'] }, 700);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(error.message).toContain(silent.address);
    silent.close();
  });

  test('an abort ends it with its reason', async () => {
    const silent = await listening(() => {});
    const transport = kafkajsTransport({ brokers: [silent.address] });
    const controller = new AbortController();
    const connecting = transport.connect({ timeoutMs: 10_000, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(connecting).rejects.toThrow('enough');
    await transport.close();
    silent.close();
  });

  kafkajsTest('the second address of a list is tried too; connecting twice is fine', async ({ kafka, transport }) => {
    const here = transport({ brokers: ['127.0.0.1:1', ...kafka.brokers] });
    await here.connect({ timeoutMs: 5_000 });
    await here.connect({ timeoutMs: 5_000 });
  });

  kafkajsTest('TLS to a port without TLS', async ({ kafka }) => {
    const error = await failure({ brokers: kafka.brokers, tls: true });
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(error.message).toContain('may speak no TLS');
  });

  kafkajsTest('credentials for a port without SASL', async ({ kafka }) => {
    const error = await failure({ brokers: kafka.brokers, sasl: { mechanism: 'plain', username: 'alice', password: 'never-shown' } });
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expect(error.message).toContain('Likely cause: this port takes no log-in;');
    expect(`${error.message} ${String(error.cause)} ${JSON.stringify(error.details)}`).not.toContain('never-shown');
  });

  test('TLS and SASL: right and wrong credentials, a port that is spoken to in plain, a certificate that is not trusted', async ({
    skip,
  }) => {
    if (missing !== null) skip(missing);
    const credentials = { username: 'alice', password: 'alice-secret' };
    const kafka = await startRealKafka({ source: 'jvm', tls: true, sasl: credentials });
    try {
      const { brokers } = kafka;
      const tls = { ca: kafka.certificateAuthority };
      for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
        const transport = kafkajsTransport({ brokers, tls, sasl: { mechanism, username: 'alice', password: new Secret('alice-secret') } });
        await transport.connect({ timeoutMs: 10_000 });
        await transport.close();
        const wrong = await failure({ brokers, tls, sasl: { mechanism, username: 'alice', password: 'wrong-secret' } }, 10_000);
        expect(wrong.code).toBe('AUTHENTICATION_FAILED');
        expect(`${wrong.message} ${String(wrong.cause)} ${(wrong.cause as Error).stack}`).not.toContain('wrong-secret');
      }
      const plain = await failure({ brokers });
      expect(plain).toMatchObject({ code: 'BROKER_UNREACHABLE' });
      expect(plain.message).toContain('this port may expect TLS or SASL');
      const untrusted = await failure({ brokers, tls: true, sasl: { mechanism: 'plain', ...credentials } });
      expect(untrusted).toMatchObject({ code: 'BROKER_UNREACHABLE' });
      expect(untrusted.message).toContain('certificate is not trusted');
      const withoutCredentials = await failure({ brokers, tls });
      expect(withoutCredentials.message).toContain('the broker closed the connection');
    } finally {
      await kafka.stop();
    }
  });
});
