import { expect, test } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { KafkaError } from '../../src/errors.ts';
import { KafkaManager } from '../../src/manager.ts';
import { recordingLogger } from '../support/consumer-rig.ts';
import type { LogLine } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

function producerOnly() {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const logs: LogLine[] = [];
  const logger = recordingLogger(logs);
  const manager = new KafkaManager(kafkaConfig({ enabled: true }), { transport, clock, random: { next: () => 0.5 }, logger });
  return { clock, transport, logs, manager };
}

test('a second stop is at once also while the producer waits for brokers that do not answer', async () => {
  const { clock, transport, manager } = producerOnly();
  transport.produceWork = () => new Promise(() => {});
  await manager.start();
  const sent = manager
    .producer()
    .send('orders', { value: 'x' })
    .catch((error: unknown) => error);
  await clock.settle();
  const stopping = manager.stop();
  await clock.advance(2_000);
  expect(manager.health().state).toBe('stopping');
  void manager.stop({ deadlineMs: 0 });
  await clock.advance(1_000);
  expect(manager.health().state).toBe('stopped');
  await expect(stopping).resolves.toEqual({ open: [] });
  expect(await sent).toMatchObject({ code: 'PRODUCE_FAILED', details: { maybeWritten: true } });
  expect(clock.timerCount).toBe(0);
});

test('a transport that breaks its word and rejects when it is closed: told, and `stopped` settles', async () => {
  const { clock, transport, manager, logs } = producerOnly();
  transport.closeWork = () => Promise.reject(new KafkaError('PROTOCOL', 'no'));
  await manager.start();
  void manager.stop();
  await clock.settle();
  await expect(manager.stopped).resolves.toBeUndefined();
  expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('could not be closed') }));
});
