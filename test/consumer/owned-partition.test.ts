import { describe, expect, test } from 'vitest';
import { LedgerWriter } from '../../src/consumer/durable-ledger.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import type { AssignedPartition } from '../../src/transport.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function living(process: Process, given: RigOptions, first: Partial<AssignedPartition> = {}): Promise<Rig> {
  const made = rig(process, given);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0, ...first })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

const shown = ({ consumer }: Rig) => consumer.health().partitions[0] ?? expect.fail('no partition');

test('what the coordinator holds already is not committed again, its metadata neither', async () => {
  const writer = new LedgerWriter({ base: 0, topicId: null });
  writer.add({ from: 1, to: 3, leaderEpoch: null });
  const calls = pendingAnswers();
  const made = await living(calls.process, { handler: { ordering: 'unordered', concurrency: 9 } }, { committedMetadata: writer.finish() });
  made.transport.batch(batchOf(0, 4, { epoch: 1 }));
  await made.clock.advance(60_000);
  expect(made.delivered).toEqual([0, 3]);
  expect(made.transport.sent).toEqual([]);
  calls.calls.find(({ offset }) => offset === 3)?.resolve(consumed);
  await made.clock.advance(60_000);
  expect(made.transport.sent).toHaveLength(1);
});

describe('lag', () => {
  test('is counted from what is committed, not from what is done', async () => {
    const made = await living(() => consumed, {});
    made.transport.defaultAnswer = 'manual';
    made.transport.batch(batchOf(0, 6, { epoch: 1, highWatermark: 12, lastStableOffset: 10 }));
    await made.clock.advance(1_000);
    expect(shown(made)).toMatchObject({ committable: 6, committed: 0, lag: 10, highWatermark: 12, lastStableOffset: 10 });
    made.transport.sent[0]?.answer('acknowledged');
    await made.clock.settle();
    expect(shown(made)).toMatchObject({ committable: 6, committed: 6, lag: 4 });
  });

  test('is counted from what is committed where that is not the beginning of the log either', async () => {
    const made = await living(() => consumed, {}, { committedOffset: 4 });
    made.transport.defaultAnswer = 'manual';
    made.transport.batch(batchOf(4, 6, { epoch: 1, lastStableOffset: 10 }));
    await made.clock.advance(1_000);
    expect(shown(made)).toMatchObject({ committable: 6, committed: 4, lag: 6 });
  });

  test('and the ends of the log stay known where a batch does not tell them', async () => {
    const made = await living(() => consumed, {});
    made.transport.batch(batchOf(0, 2, { epoch: 1, highWatermark: 12, lastStableOffset: 10 }));
    made.transport.batch(batchOf(2, 4, { epoch: 1, highWatermark: null, lastStableOffset: null }));
    await made.clock.advance(1_000);
    expect(shown(made)).toMatchObject({ committed: 4, lag: 6, highWatermark: 12, lastStableOffset: 10 });
  });

  test('is counted from what is done where nothing was ever committed', async () => {
    const made = await living(() => consumed, { options: { autoOffsetReset: 'earliest' } }, { committedOffset: null });
    made.transport.batch(batchOf(0, 6, { epoch: 1, lastStableOffset: 10 }));
    await made.clock.advance(1_000);
    expect(shown(made)).toMatchObject({ committed: 6, lag: 4 });
  });

  test('is up to the high watermark where what is not committed by transactions is read too', async () => {
    const made = await living(() => consumed, { options: { isolationLevel: 'read_uncommitted' } });
    made.transport.batch(batchOf(0, 6, { epoch: 1, highWatermark: 12, lastStableOffset: 10 }));
    await made.clock.advance(1_000);
    expect(shown(made)).toMatchObject({ committed: 6, lag: 6 });
  });
});
