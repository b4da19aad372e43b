import { describe, expect, test } from 'vitest';
import { readLedger } from '../../src/consumer/durable-ledger.ts';
import type { Handler } from '../../src/handler.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';
import type { CommitAnswer } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 };

interface Life extends Rig {
  /** Answers the calls of these offsets with Consume. */
  readonly done: (...offsets: readonly number[]) => void;
}

async function living(
  answers: readonly (CommitAnswer | 'manual')[] = [],
  handler: Partial<Handler> = {},
  batch: Parameters<typeof batchOf>[2] = { epoch: 1 },
): Promise<Life> {
  const { calls, process } = pendingAnswers();
  const made = rig(process, { handler: { ordering: 'unordered', concurrency: 100, ...handler } });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  made.transport.answers = [...answers];
  made.transport.batch(batchOf(0, 10, batch));
  await made.clock.settle();
  return {
    ...made,
    done: (...offsets) => {
      for (const { offset, resolve } of calls) if (offsets.includes(offset)) resolve(consumed);
    },
  };
}

/** What each commit stores: its offset, and the offsets above it that it says are done. */
const sent = ({ transport }: Rig): readonly (readonly number[])[] =>
  transport.sent.flatMap(({ commits }) =>
    commits.map(({ offset, metadata }) => {
      const reading = readLedger(metadata, { base: offset, topicId: null, logEndOffset: 1_000 });
      const runs = reading.kind === 'believed' ? reading.runs : [];
      return [offset, ...runs.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index))];
    }),
  );

describe('what is done above the lowest open record', () => {
  test('is sent although the offset stands still, at the interval, and once', async () => {
    const life = await living();
    life.done(3);
    await life.clock.settle();
    expect(sent(life)).toEqual([[0, 3]]); // prettier-ignore
    life.done(5);
    await life.clock.advance(100);
    life.done(4);
    await life.clock.advance(100);
    expect(sent(life)).toEqual([[0, 3], [0, 3, 4, 5]]); // prettier-ignore
    await life.clock.advance(10_000);
    expect(sent(life)).toHaveLength(2);
    life.done(0);
    await life.clock.advance(200);
    expect(sent(life).at(-1)).toEqual([1, 3, 4, 5]);
    life.done(1, 2);
    await life.clock.advance(200);
    expect(sent(life).at(-1)).toEqual([6]);
    expect(life.transport.sent.at(-1)?.commits[0]?.metadata).toBeNull();
  });

  test('is said so that it can be read where brokers tell of no leader, as -1', async () => {
    const life = await living([], {}, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: -1 }] });
    life.done(3);
    await life.clock.settle();
    expect(sent(life)).toEqual([[0, 3]]); // prettier-ignore
  });

  test.each<[string, CommitAnswer]>([
    ['an unknown outcome', 'unknown'],
    ['a refusal that may be mended', { code: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true }],
  ])('is sent again after %s, with what was done meanwhile', async (_what, answer) => {
    const life = await living([answer]);
    life.done(3);
    await life.clock.settle();
    life.done(7);
    await life.clock.advance(10_000);
    expect(sent(life)).toEqual([[0, 3], [0, 3, 7]]); // prettier-ignore
  });

  test('is sent again, the same, after an unknown outcome', async () => {
    const life = await living(['unknown']);
    life.done(3);
    await life.clock.advance(10_000);
    expect(sent(life)).toEqual([[0, 3], [0, 3]]); // prettier-ignore
  });

  test('is not sent again where the epoch is over for the coordinator', async () => {
    const life = await living([{ code: 'ILLEGAL_GENERATION', retriable: false }]);
    life.done(3);
    await life.clock.advance(4_000);
    expect(sent(life)).toHaveLength(1);
  });

  test('goes with the last commit of a revocation, and with that of a grace what the running calls have done', async () => {
    const life = await living();
    life.done(3);
    await life.clock.settle();
    life.done(5);
    await life.clock.settle();
    const revoked = life.transport.listener.revoked([AT], { graceMs: 8_000 });
    await life.clock.advance(1_000);
    life.done(6, 0);
    await life.clock.advance(7_000);
    await revoked;
    expect(sent(life).at(-1)).toEqual([1, 3, 5, 6]);
  });

  test('goes with the commit of a revocation without a grace, while another is on its way', async () => {
    const life = await living(['manual']);
    life.done(3);
    await life.clock.settle();
    life.done(5);
    await life.clock.settle();
    void life.transport.listener.revoked([AT], { graceMs: 0 });
    expect(sent(life)).toEqual([[0, 3], [0, 3, 5]]); // prettier-ignore
    life.transport.sent[0]?.answer('acknowledged');
    await life.clock.advance(10_000);
    expect(sent(life)).toHaveLength(2);
  });

  test('goes with the last commit of a stop, which asks again without it where the broker finds it too large', async () => {
    const life = await living([{ code: 'OFFSET_METADATA_TOO_LARGE', retriable: false }]);
    const stopping = life.consumer.stop({ deadlineMs: 5_000 });
    life.done(0, 4);
    await life.clock.advance(6_000);
    expect(sent(life)).toEqual([[1, 4], [1]]); // prettier-ignore
    expect((await stopping).open).toMatchObject([{ from: 1, to: 10 }]);
  });

  test('is not sent a second time while the first is on its way', async () => {
    const life = await living(['manual']);
    life.done(3);
    await life.clock.advance(10_000);
    expect(sent(life)).toEqual([[0, 3]]); // prettier-ignore
    life.transport.sent[0]?.answer('acknowledged');
    await life.clock.advance(10_000);
    expect(sent(life)).toHaveLength(1);
  });

  test('an acknowledgement that comes late does not hide what was stored after it', async () => {
    const life = await living(['manual', 'acknowledged']);
    life.done(3);
    await life.clock.settle();
    const stopping = life.consumer.stop({ deadlineMs: 5_000 });
    life.done(0);
    await life.clock.advance(1_000);
    life.transport.sent[0]?.answer('acknowledged');
    await life.clock.advance(5_000);
    await stopping;
    expect(sent(life).at(-1)).toEqual([1, 3]);
    expect((await stopping).open).toMatchObject([{ from: 1 }]);
  });
});
