import { expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, rig } from '../support/consumer-rig.ts';
import { assigned } from '../support/scripted-transport.ts';

const lost = new KafkaError('PARTITION_LOST', 'the topic was made again');

test('latest, made again with more records than the old one had at the start: the new one is read from its beginning', async () => {
  const topics = { orders: { partitions: 1, logEnds: [100], topicId: 'old' } };
  const { clock, transport, consumer } = rig(() => consumed, { options: { autoOffsetReset: 'latest' }, topics });
  transport.firstAssignment = [assigned({ epoch: 1, logEndOffset: 100, topicId: 'old' })];
  void consumer.start();
  await clock.settle();
  expect(transport.committed).toEqual(['orders/0@100']);
  transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], lost);
  // Kafka forgets the offsets of a topic that is deleted.
  transport.assign([assigned({ epoch: 2, logEndOffset: 150, committedOffset: null, topicId: 'new' })]);
  await clock.settle();
  expect(transport.fetches.at(-1)).toMatchObject({ epoch: 2, offset: 0 });
  transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 2 }], lost);
  transport.assign([assigned({ epoch: 3, logEndOffset: 150, committedOffset: null, topicId: 'new' })]);
  await clock.settle();
  expect(transport.fetches.at(-1)).toMatchObject({ epoch: 3, offset: 0 });
});

test('latest, made again between the look at the log ends and the assignment', async () => {
  const topics = { orders: { partitions: 1, logEnds: [100], topicId: 'old' } };
  const { clock, transport, consumer } = rig(() => consumed, { options: { autoOffsetReset: 'latest' }, topics });
  transport.firstAssignment = [assigned({ epoch: 1, logEndOffset: 150, topicId: 'new' })];
  void consumer.start();
  await clock.settle();
  expect(transport.fetches).toMatchObject([{ offset: 0 }]);
});

test('an offset of the old one halts the partition in every epoch to come, not just in the first', async () => {
  const { clock, transport, consumer } = rig(() => consumed);
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 40, logEndOffset: 100, topicId: 'old' })];
  void consumer.start();
  await clock.settle();
  for (const epoch of [2, 3]) {
    transport.listener.lost([{ topic: 'orders', partition: 0, epoch: epoch - 1 }], lost);
    transport.assign([assigned({ epoch, committedOffset: 40, logEndOffset: 100, topicId: 'new' })]);
    await clock.settle();
    expect(consumer.health().partitions).toMatchObject([{ epoch, phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } }]);
  }
  expect(transport.fetches).toMatchObject([{ epoch: 1, offset: 40 }]);
});

test('what was begun in the new one goes on after a rebalance', async () => {
  const { clock, transport, consumer } = rig(() => consumed);
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 40, topicId: 'old' })];
  void consumer.start();
  await clock.settle();
  transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], lost);
  transport.assign([assigned({ epoch: 2, committedOffset: null, topicId: 'new' })]);
  await clock.settle();
  await transport.listener.revoked([{ topic: 'orders', partition: 0, epoch: 2 }], { graceMs: 0 });
  transport.assign([assigned({ epoch: 3, committedOffset: 7, topicId: 'new' })]);
  await clock.settle();
  expect(transport.fetches.map(({ offset }) => offset)).toEqual([40, 0, 7]);
});
