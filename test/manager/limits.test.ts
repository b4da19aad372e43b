import { expect, test } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import type { KafkaConfigInput } from '../../src/config/kafka-config.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { ManagerDependencies } from '../../src/manager-options.ts';
import { consumed, handlerOf, pendingAnswers } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport, assigned, batchOf } from '../support/scripted-transport.ts';

/** Offsets that were delivered at once, of twenty in a topic without an order. */
async function deliveredAtOnce(input: KafkaConfigInput, dependencies: ManagerDependencies = {}) {
  const [clock, transport, calls] = [new ManualClock(), new ScriptedTransport(), pendingAnswers()];
  const config = kafkaConfig({ enabled: true, groupId: 'billing', lagIntervalMs: 0, ...input });
  const manager = new KafkaManager(config, { transport, clock, logger: silentLogger, ...dependencies });
  manager.register(handlerOf(calls.process, { ordering: 'unordered', concurrency: 100 }));
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void manager.start();
  await clock.settle();
  transport.batch(batchOf(0, 20, { epoch: 1 }));
  await clock.settle();
  return { clock, transport, calls: calls.calls };
}

test('a process without limits has those of its handlers alone', async () => {
  expect((await deliveredAtOnce({})).calls).toHaveLength(20);
});

test('concurrency of the configuration holds, and the one that the manager is given goes before it', async () => {
  expect((await deliveredAtOnce({ limits: { concurrency: 3 } })).calls).toHaveLength(3);
  expect((await deliveredAtOnce({ limits: { concurrency: 3 } }, { limits: { concurrency: 5 } })).calls).toHaveLength(5);
  expect((await deliveredAtOnce({ limits: { concurrency: 3 } }, { limits: { openWindow: 5 } })).calls).toHaveLength(3);
});

test('the rate of the configuration holds, with its burst', async () => {
  const { clock, calls } = await deliveredAtOnce({ limits: { recordsPerSecond: 2, recordsBurst: 4 } });
  expect(calls).toHaveLength(4);
  await clock.advance(1_000);
  expect(calls).toHaveLength(6);
});

test('a partition is paused beyond the open window', async () => {
  const { transport, calls, clock } = await deliveredAtOnce({ limits: { openWindow: 20 } });
  expect(transport.paused.size).toBe(1);
  for (const call of calls) call.resolve(consumed);
  await clock.settle();
  expect(transport.paused.size).toBe(0);
  expect((await deliveredAtOnce({ limits: { openWindow: 21 } })).transport.paused.size).toBe(0);
});

test.each([true, false])('the durable ledger is written: %s', async (durableLedger) => {
  const { transport, calls, clock } = await deliveredAtOnce({ durableLedger });
  calls[5]?.resolve(consumed);
  await clock.advance(1_000);
  const metadata = transport.sent.flatMap(({ commits }) => commits.map((commit) => commit.metadata));
  expect(metadata.some((text) => text !== null)).toBe(durableLedger);
});
