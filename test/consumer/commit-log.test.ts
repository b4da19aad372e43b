import { expect, test } from 'vitest';
import { consumed, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';
import { logged } from '../support/told.ts';

async function living(): Promise<Rig> {
  const made = rig(() => consumed);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

const ofCommits = (made: Rig): readonly string[] => logged(made).filter((line) => line.includes('commit-not-acknowledged'));

test('one line in the log is enough for a commit that is asked again and again', async () => {
  const made = await living();
  made.transport.defaultAnswer = 'unknown';
  made.transport.batch(batchOf(0, 1, { epoch: 1 }));
  await made.clock.advance(120_000);
  expect(made.transport.sent.length).toBeGreaterThan(20);
  expect(ofCommits(made)).toEqual([
    'warn {"event":"commit-not-acknowledged","topic":"orders","partition":0,"outcome":"unknown","code":null} Commit not acknowledged; it is tried again while the partition is ours',
  ]);
});

test('an answer that leaves out a partition says nothing of it, and that is told', async () => {
  const made = await living();
  made.transport.answers = ['manual'];
  made.transport.batch(batchOf(0, 1, { epoch: 1 }));
  await made.clock.settle();
  made.transport.sent[0]?.answerRaw([]);
  await made.clock.advance(1_000);
  expect(made.transport.committed).toEqual(['orders/0@1', 'orders/0@1']);
  expect(made.kinds('commit-settled')).toMatchObject([
    { outcome: 'unknown', code: null },
    { outcome: 'acknowledged', code: null },
  ]);
  expect(ofCommits(made)).toHaveLength(1);
  expect(ofCommits(made)[0]).toContain('"outcome":"unknown","code":null');
});

test('metadata that is too large, of a commit without any, is refused for good and not asked for ever', async () => {
  const made = await living();
  made.transport.defaultAnswer = { code: 'OFFSET_METADATA_TOO_LARGE', retriable: false };
  made.transport.batch(batchOf(0, 1, { epoch: 1 }));
  await made.clock.advance(60_000);
  expect(made.transport.sent.map(({ commits }) => commits[0]?.metadata)).toEqual([null]);
  expect(made.kinds('halted')).toMatchObject([{ error: { code: 'COMMIT_REFUSED', kafkaCode: 'OFFSET_METADATA_TOO_LARGE' } }]);
});
