import { describe, expect, test } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import { consumed, handlerOf, pendingAnswers, rig } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport, assigned, batchOf } from '../support/scripted-transport.ts';

const NO_TIMES = [Number.NaN, -1, Infinity, 2 ** 31, '1000' as unknown as number];

function setUp() {
  const [clock, transport, calls] = [new ManualClock(), new ScriptedTransport(), pendingAnswers()];
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'billing' }), { transport, clock, logger: silentLogger });
  manager.register(handlerOf(calls.process));
  return { clock, transport, manager, calls };
}

describe.each(NO_TIMES)('%s as a time', (noTime) => {
  const invalid = expect.objectContaining({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('expected milliseconds') as string,
  }) as unknown;

  test('is no time-out of a start: nothing was begun, and it may start after all', async () => {
    const { clock, transport, manager } = setUp();
    await expect(manager.start({ timeoutMs: noTime })).rejects.toEqual(invalid);
    expect(transport.calls).toEqual([]);
    void manager.start();
    await clock.settle();
    expect(manager.health().state).toBe('running');
  });

  test('is no deadline of a stop: nothing was stopped, and it may stop after all', async () => {
    const { clock, transport, manager, calls } = setUp();
    void manager.start();
    await clock.settle();
    await expect(manager.stop({ deadlineMs: noTime })).rejects.toEqual(invalid);
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    expect(manager.health().state).toBe('running');
    const stopped = manager.stop({ deadlineMs: 60_000 });
    await expect(manager.stop({ deadlineMs: noTime })).rejects.toEqual(invalid);
    await clock.advance(59_000);
    calls.calls[0]?.resolve(consumed);
    await clock.advance(5_000);
    expect(await stopped).toEqual({ open: [] });
  });

  test('is refused by run at once, not when the signal comes', async () => {
    const { manager, transport } = setUp();
    const listeners = process.listenerCount('SIGUSR2');
    await expect(manager.run({ deadlineMs: noTime, signals: ['SIGUSR2'] })).rejects.toEqual(invalid);
    await expect(manager.run({ timeoutMs: noTime, signals: ['SIGUSR2'] })).rejects.toEqual(invalid);
    expect([transport.calls, process.listenerCount('SIGUSR2')]).toEqual([[], listeners]);
  });

  test('is none for a consumer either', async () => {
    const { consumer, transport, clock } = rig(() => consumed);
    await expect(consumer.start({ timeoutMs: noTime })).rejects.toEqual(invalid);
    await expect(consumer.stop({ deadlineMs: noTime })).rejects.toEqual(invalid);
    transport.firstAssignment = [];
    void consumer.start();
    await clock.settle();
    expect(consumer.state).toBe('running');
  });
});

test('the bounds themselves are times', async () => {
  const { clock, manager } = setUp();
  void manager.start({ timeoutMs: 2 ** 31 - 1 });
  await clock.settle();
  expect(manager.health().state).toBe('running');
  void manager.stop({ deadlineMs: 0 });
  await clock.advance(5_000);
  expect(manager.health().state).toBe('stopped');
});
