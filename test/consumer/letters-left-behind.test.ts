import { describe, expect, test } from 'vitest';
import type { DeadLetterResult, DeadLetterSink } from '../../src/dead-letter/dead-letter-sink.ts';
import { KafkaError } from '../../src/errors.ts';
import { rejected, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 } as const;
const EVICTED = new KafkaError('PARTITION_LOST', 'evicted');

async function living(deadLetters: DeadLetterSink): Promise<Rig> {
  const made = rig(() => rejected('bad'), {
    deadLetters,
    handler: { deadLetter: { topic: 'orders.dead' }, ordering: 'unordered', concurrency: 5 },
    topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start().catch(() => undefined);
  await made.clock.settle();
  made.transport.batch(batchOf(0, 2, { epoch: 1 }));
  await made.clock.settle();
  return made;
}

describe('a letter of a partition that is lost', () => {
  test('and that waited for its next attempt is not sent any more: the next owner decides', async () => {
    const sink = new ScriptedSink({ immediate: false });
    const { clock, transport } = await living(sink);
    sink.sent[0]?.fail(true);
    await clock.advance(10);
    transport.listener.lost([AT], EVICTED);
    await clock.advance(60_000);
    expect([sink.sent.length, clock.timerCount]).toEqual([2, 0]);
  });

  test.each([true, false])('and that fails after that (retriable: %s) is told, is not sent again, and halts nothing', async (retriable) => {
    const sink = new ScriptedSink({ immediate: false });
    const { clock, transport, kinds } = await living(sink);
    transport.listener.lost([AT], EVICTED);
    for (const letter of sink.sent) letter.fail(retriable);
    await clock.advance(60_000);
    expect([sink.sent.length, clock.timerCount]).toEqual([2, 0]);
    expect(kinds('dead-letter-failed')).toMatchObject([{ offset: 0, retriable }, { offset: 1, retriable }]); // prettier-ignore
    expect(kinds('lane-halted')).toEqual([]);
  });
});

test('one line in the log is enough for a letter that is sent again and again', async () => {
  const sink = new ScriptedSink({ immediate: false });
  const { clock, logs } = await living(sink);
  sink.sent[1]?.acknowledge();
  for (let turn = 0; turn < 20; turn++) {
    sink.sent.at(turn === 0 ? 0 : -1)?.fail(true);
    await clock.advance(30_000);
  }
  expect(sink.sent).toHaveLength(22);
  expect(logs.filter(({ data }) => data.event === 'dead-letter-failed')).toMatchObject([{ data: { offset: 0, attempt: 1 } }]);
});

test('who sends a halted record by hand is answered when its letter is acknowledged, and not before', async () => {
  const sink = new ScriptedSink({ immediate: false });
  const { clock, consumer } = await living(sink);
  sink.sent[0]?.fail(false);
  await clock.settle();
  const answers: boolean[] = [];
  void consumer.deadLetterHalted({ topic: 'orders', partition: 0, offset: 0 }).then((answer) => answers.push(answer));
  await clock.advance(60_000);
  expect([sink.sent.length, answers]).toEqual([3, []]);
  sink.sent[2]?.acknowledge();
  await clock.settle();
  expect(answers).toEqual([true]);
});

test('a stop waits for every letter that is on its way, not for the first', async () => {
  const sink = new ScriptedSink({ immediate: false });
  const { clock, consumer, transport } = await living(sink);
  const stopping = consumer.stop({ deadlineMs: 5_000 });
  sink.sent[1]?.acknowledge();
  await clock.advance(1_000);
  expect(consumer.state).toBe('stopping');
  sink.sent[0]?.acknowledge();
  await clock.settle();
  expect((await stopping).open).toEqual([]);
  expect(transport.committed.at(-1)).toBe('orders/0@2');
});

// Nothing may end in an unhandled rejection, or in a lane that stands still without a word.
describe.each<[string, () => Promise<DeadLetterResult>]>([
  ['rejects instead of answering', () => Promise.reject(new Error('nobody foresaw this'))],
  [
    'answers what cannot be read',
    () =>
      Promise.resolve(
        Object.defineProperty({}, 'target', {
          get: () => {
            throw new Error('nobody foresaw this');
          },
        }) as DeadLetterResult,
      ),
  ],
])('a place for dead letters that %s', (_what, send) => {
  test('ends the consumer loudly', async () => {
    const { clock, consumer, transport, kinds } = await living({ targetOf: () => 'orders.dead', send });
    await clock.settle();
    await expect(consumer.stopped).rejects.toMatchObject({ code: 'CONSUMER_FAILED', cause: { message: 'nobody foresaw this' } });
    expect(kinds('halted')).toHaveLength(1);
    expect(transport.committed).toEqual([]);
  });
});
