import { expect, test } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import { consumed, handlerOf } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport, assigned, batchOf } from '../support/scripted-transport.ts';

test('a manager pauses and resumes what its handlers consume', async () => {
  const [clock, transport, delivered]: [ManualClock, ScriptedTransport, number[]] = [new ManualClock(), new ScriptedTransport(), []];
  const handler = handlerOf(({ offset }) => (delivered.push(offset), consumed));
  const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'billing' }), { transport, clock, logger: silentLogger });
  manager.register(handler);
  expect(() => manager.pause([{ topic: 'orders' }])).toThrow(expect.objectContaining({ code: 'MANAGER_STATE' }));
  expect(() => manager.retryHalted({ topic: 'orders', partition: 0 })).toThrow(expect.objectContaining({ code: 'MANAGER_STATE' }));
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void manager.start();
  await clock.settle();
  manager.pause([{ topic: 'orders' }]);
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.advance(60_000);
  expect(delivered).toEqual([]);
  expect(manager.health().consumer?.partitions).toMatchObject([{ pausedByHand: true, open: 2 }]);
  expect(() => manager.resume([{ topic: 'ordres' }])).toThrow(expect.objectContaining({ code: 'HANDLER_MISSING' }));
  expect(() => manager.retryHalted({ topic: 'ordres', partition: 0 })).toThrow(expect.objectContaining({ code: 'HANDLER_MISSING' }));
  manager.resume([{ topic: 'orders', partition: 0 }]);
  await clock.settle();
  expect(delivered).toEqual([0, 1]);
  void manager.stop();
  await clock.advance(60_000);
});

test('a manager that is disabled has nothing to pause, and nothing that halts', async () => {
  const manager = new KafkaManager(kafkaConfig({ enabled: false }), { logger: silentLogger });
  await manager.start();
  manager.pause([{ topic: 'orders' }]);
  manager.resume([{ topic: 'orders' }]);
  expect(manager.retryHalted({ topic: 'orders', partition: 0 })).toBe(0);
  expect(await manager.deadLetterHalted({ topic: 'orders', partition: 0, offset: 0 })).toBe(false);
  await manager.stop();
});
