import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';
import type { CommitAnswer } from '../support/scripted-transport.ts';
import { logged, told } from '../support/told.ts';

const commitsOf = (made: Rig): readonly string[] => told(made).filter((line) => line.includes(' commit-'));

async function committing(answers: readonly CommitAnswer[], forMs: number, observed = true): Promise<Rig> {
  const made = rig(() => consumed, { observed });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  made.transport.answers = [...answers];
  void made.consumer.start();
  await made.clock.settle();
  made.transport.batch(batchOf(0, 2, { epoch: 1 }));
  await made.clock.advance(forMs);
  return made;
}

const WARNING = 'Commit not acknowledged; it is tried again while the partition is ours';

describe('what a commit is answered', () => {
  test.each([
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'REBALANCE_IN_PROGRESS',
    'STALE_MEMBER_EPOCH',
    'FENCED_MEMBER_EPOCH',
  ])('%s: the epoch is over, nothing is halted, and it is asked again once in five seconds', async (code) => {
    const made = await committing([{ code, retriable: false }], 5_000);
    expect(commitsOf(made)).toEqual([
      '0 m1 commit-sent orders/0#1 {"offset":2}',
      `0 m1 commit-settled orders/0#1 {"offset":2,"outcome":"refused","code":"${code}"}`,
      '5000 m1 commit-sent orders/0#1 {"offset":2}',
      '5000 m1 commit-settled orders/0#1 {"offset":2,"outcome":"acknowledged","code":null}',
    ]);
    expect(logged(made).slice(2)).toEqual([
      `warn {"event":"commit-not-acknowledged","topic":"orders","partition":0,"outcome":"refused","code":"${code}"} ${WARNING}`,
    ]);
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'active', committed: 2 }]);
  });

  test('nothing for long: logged once, asked at a bounded rate, and from then on at the usual one', async () => {
    const made = await committing(['unknown', 'unknown', 'unknown'], 1_000);
    expect(commitsOf(made).filter((line) => line.includes('sent'))).toEqual([
      '0 m1 commit-sent orders/0#1 {"offset":2}',
      '100 m1 commit-sent orders/0#1 {"offset":2}',
      '300 m1 commit-sent orders/0#1 {"offset":2}',
      '700 m1 commit-sent orders/0#1 {"offset":2}',
    ]);
    expect(logged(made).slice(2)).toEqual([
      `warn {"event":"commit-not-acknowledged","topic":"orders","partition":0,"outcome":"unknown","code":null} ${WARNING}`,
    ]);
    made.transport.answers = ['unknown'];
    made.transport.batch(batchOf(2, 3, { epoch: 1 }));
    await made.clock.advance(100);
    expect(made.transport.committed.slice(-2)).toEqual(['orders/0@3', 'orders/0@3']);
    expect(logged(made)).toHaveLength(3);
  });

  test('one code after another: each has its line, and the same one again is folded', async () => {
    const refused = (code: string): CommitAnswer => ({ code, retriable: true });
    const made = await committing([refused('COORDINATOR_NOT_AVAILABLE')], 500);
    for (const [index, code] of ['NOT_COORDINATOR', 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'].entries()) {
      made.transport.answers = [refused(code)];
      made.transport.batch(batchOf(2 + index, 3 + index, { epoch: 1 }));
      await made.clock.advance(1_000);
    }
    const told = made.logs.filter(({ data }) => data.event === 'commit-not-acknowledged').map(({ data }) => data.code);
    expect(told).toEqual(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR']);
  });

  test('a refusal for good: halted, and told in full', async () => {
    const made = await committing([{ code: 'GROUP_AUTHORIZATION_FAILED', retriable: false }], 20_000);
    const message =
      'The coordinator refuses commits of orders/0 for good: GROUP_AUTHORIZATION_FAILED. What is done will be delivered again after a restart.';
    expect(logged(made).slice(2)).toEqual([
      `error {"event":"partition-halted","topic":"orders","partition":0,"code":"COMMIT_REFUSED"} Partition halted: ${message} (KafkaError: ${message})`,
    ]);
    expect(made.transport.sent).toHaveLength(1);
    expect(made.logs.at(-1)?.data['err']).toMatchObject({
      kafkaCode: 'GROUP_AUTHORIZATION_FAILED',
      details: { topic: 'orders', partition: 0 },
    });
  });

  test.each<[what: string, thrown: unknown, code: string]>([
    ['an error', new Error('socket gone'), 'PROTOCOL'],
    ['an error of ours', new KafkaError('BROKER_UNREACHABLE', 'away'), 'BROKER_UNREACHABLE'],
  ])('%s instead of an answer: the outcome is unknown', async (_what, thrown, code) => {
    const made = rig(() => consumed);
    const { transport, clock } = made;
    const create = transport.createConsumer.bind(transport);
    let rejections = 1;
    transport.createConsumer = (options, listener) => {
      const consumer = create(options, listener);
      return { ...consumer, commit: (commits) => (rejections-- > 0 ? Promise.reject(thrown) : consumer.commit(commits)) };
    };
    transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void made.consumer.start();
    await clock.settle();
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(200);
    expect(commitsOf(made)).toEqual([
      '0 m1 commit-sent orders/0#1 {"offset":2}',
      `0 m1 commit-settled orders/0#1 {"offset":2,"outcome":"unknown","code":"${code}"}`,
      '100 m1 commit-sent orders/0#1 {"offset":2}',
      '100 m1 commit-settled orders/0#1 {"offset":2,"outcome":"acknowledged","code":null}',
    ]);
  });

  test('anything: the same when nobody observes', async () => {
    const answers = ['unknown', { code: 'COORDINATOR_NOT_AVAILABLE', retriable: true }, 'acknowledged'] as const;
    const [seen, unseen] = [await committing(answers, 2_000), await committing(answers, 2_000, false)];
    expect(unseen.transport.committed).toEqual(seen.transport.committed);
    expect(logged(unseen)).toEqual(logged(seen));
  });
});

test('a partition that is gone is forgotten: no timer asks for it, and a request that comes after it waits for nothing', async () => {
  const made = await committing(['unknown'], 50);
  const { clock, transport } = made;
  transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('PARTITION_LOST', 'evicted'));
  await clock.advance(60_000);
  expect(transport.sent).toHaveLength(1);
  expect(clock.timerCount).toBe(0);
  transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
  await clock.settle();
  transport.batch(batchOf(0, 2, { epoch: 2 }));
  await clock.settle();
  expect(transport.committed).toEqual(['orders/0@2', 'orders/0@2']);
});
