import { describe, expect, test } from 'vitest';
import { LedgerWriter } from '../../src/consumer/durable-ledger.ts';
import { KafkaError } from '../../src/errors.ts';
import type { Handler, Ordering } from '../../src/handler.ts';
import { consumed, pendingAnswers, rejected, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';
import { logged, told } from '../support/told.ts';

const AT = { topic: 'orders', partition: 0 } as const;
const RETRY = { initialDelayMs: 50, maxDelayMs: 50, factor: 1, jitter: 'none', maxAttempts: 2, maxSkips: 1 } as const;

interface Life extends Rig {
  readonly sink: ScriptedSink;
}

interface Options {
  readonly ordering: Ordering;
  readonly observed: boolean;
}

async function living(process: Process, { ordering, observed }: Options, handler: Partial<Handler>, ledger?: string): Promise<Life> {
  const sink = new ScriptedSink({ immediate: false });
  const made = rig(process, {
    observed,
    handler: { ordering, concurrency: 10, retry: RETRY, ...handler },
    topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    deadLetters: sink,
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0, committedMetadata: ledger ?? null })];
  void made.consumer.start().catch(() => undefined);
  await made.clock.settle();
  return { ...made, sink };
}

const keyed = (offset: number, key: string): ReturnType<typeof record> => record(offset, { key: Buffer.from(key) });

function handOver({ transport }: Rig): void {
  const records = [keyed(0, 'a'), keyed(1, 'b'), keyed(2, 'a'), keyed(3, 'c'), keyed(4, 'b')];
  expect(transport.batch(batchOf(0, 5, { epoch: 1, records }))).toBe('accepted');
}

/** Every way in which a dead letter can go: taken, taken late, refused for good and tried again by hand, and given up by a loss. */
async function lifeOfDeadLetters(options: Options): Promise<Life> {
  const life = await living(
    ({ offset }) => {
      if (offset === 0) return rejected('not for us');
      if (offset === 1) throw new TypeError('broken');
      if (offset === 2) return skipped(30, 'busy');
      return consumed;
    },
    options,
    { deadLetter: { topic: 'orders.dead' } },
  );
  const { clock, sink, consumer, transport } = life;
  handOver(life);
  await clock.advance(20);
  sink.sent[0]?.fail(true);
  await clock.advance(100);
  for (const letter of sink.sent.slice(1)) letter.acknowledge();
  await clock.advance(200);
  const waiting = sink.sent.at(-1);
  waiting?.fail(false);
  await clock.advance(10);
  consumer.retryHalted(AT);
  await clock.advance(200);
  for (const letter of sink.sent) letter.fail(false);
  await clock.advance(200);
  const halted = consumer.health().partitions[0]?.haltedLanes[0]?.offset ?? 0;
  void consumer.deadLetterHalted({ ...AT, offset: halted });
  await clock.advance(10);
  for (const letter of sink.sent) letter.acknowledge();
  await clock.advance(500);
  transport.listener.lost([{ ...AT, epoch: 1 }], new KafkaError('PARTITION_LOST', 'evicted'));
  for (const letter of sink.sent) letter.acknowledge();
  await clock.advance(500);
  return life;
}

/** Calls that pass their deadline, hang, settle late, are overtaken by hand, or are left behind by a loss. */
async function lifeOfHungCalls(options: Options): Promise<Life> {
  const late = pendingAnswers();
  const life = await living(late.process, options, { deadlineMs: 100, hungAfterMs: 200, retry: { ...RETRY, maxAttempts: 9 } });
  const { clock, consumer, transport } = life;
  handOver(life);
  await clock.advance(350);
  late.calls[0]?.resolve(consumed);
  await clock.advance(350);
  consumer.retryHalted({ ...AT, offset: consumer.health().partitions[0]?.haltedLanes[0]?.offset ?? 0 });
  await clock.advance(10);
  late.calls.at(-1)?.resolve(consumed);
  late.calls.at(-2)?.reject(new Error('no luck'));
  await clock.advance(400);
  transport.listener.lost([{ ...AT, epoch: 1 }], new KafkaError('PARTITION_LOST', 'evicted'));
  for (const call of late.calls) call.resolve(consumed);
  await clock.advance(500);
  return life;
}

/** What an earlier owner had done is passed over; what is exhausted halts its lane. */
async function lifeWithLedger(options: Options): Promise<Life> {
  const writer = new LedgerWriter({ base: 0, topicId: null });
  writer.add({ from: 1, to: 3, leaderEpoch: null });
  const life = await living(
    ({ offset }) => {
      if (offset === 4) throw new Error('broken');
      return offset === 3 ? skipped() : consumed;
    },
    options,
    { retry: { ...RETRY, onExhausted: 'halt' } },
    writer.finish() as string,
  );
  handOver(life);
  await life.clock.advance(1_000);
  life.consumer.retryHalted(AT);
  await life.clock.advance(1_000);
  const stopped = life.consumer.stop();
  await life.clock.advance(1_000);
  await stopped;
  return life;
}

const LIVES = { lifeOfDeadLetters, lifeOfHungCalls, lifeWithLedger } as const;
const CASES = Object.keys(LIVES).flatMap((name) =>
  (['partition', 'key'] as const).map((ordering): [keyof typeof LIVES, Ordering] => [name as keyof typeof LIVES, ordering]),
);

describe.each(CASES)('%s in %s order', (name, ordering) => {
  test('is observed and logged in every detail', async () => {
    const life = await LIVES[name]({ ordering, observed: true });
    expect([...told(life), ...logged(life)].join('\n')).toMatchSnapshot();
  });

  test('is the same when nobody observes it', async () => {
    const [seen, unseen] = [await LIVES[name]({ ordering, observed: true }), await LIVES[name]({ ordering, observed: false })];
    expect(unseen.observations).toEqual([]);
    expect(unseen.delivered).toEqual(seen.delivered);
    expect(unseen.sink.sent.map(({ letter }) => letter)).toEqual(seen.sink.sent.map(({ letter }) => letter));
    expect(unseen.transport.sent.map(({ commits }) => commits)).toEqual(seen.transport.sent.map(({ commits }) => commits));
    expect(unseen.consumer.health().partitions).toEqual(seen.consumer.health().partitions);
    expect(logged(unseen)).toEqual(logged(seen));
    // What the log folds is told, and nothing else is on its way.
    for (const { clock } of [seen, unseen]) await clock.advance(60_000);
    expect([unseen.clock.timerCount, seen.clock.timerCount]).toEqual([0, 0]);
  });
});
