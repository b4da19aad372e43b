import { describe, expect, test } from 'vitest';
import { DeadLetterProducer } from '../../src/dead-letter/dead-letter-producer.ts';
import { readLetter } from '../../src/dead-letter/read-letter.ts';
import { KafkaError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { partitionForKey } from '../../src/producer/murmur2.ts';
import type { ProduceBatch, ProduceResult, TransportProducer } from '../../src/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { bytes, record, rejected, stored } from './rejected.ts';

type Answer =
  | 'ok'
  | 'unknown'
  | { readonly code: string; readonly retriable: boolean; readonly details?: Readonly<Record<string, unknown>> };

/** Answers as the script says, in order; then `ok`. */
class ScriptedProducer implements TransportProducer {
  readonly asked: ProduceBatch[] = [];
  script: ((batch: ProduceBatch) => Answer)[] = [];
  partitions: () => Promise<number> = () => Promise.resolve(4);
  gate: Promise<void> = Promise.resolve();
  running = 0;
  mostRunning = 0;
  closed = false;
  #nextOffset = 100;

  partitionCount(): Promise<number> {
    return this.partitions();
  }

  async produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    this.asked.push(...batches);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    await this.gate;
    this.running -= 1;
    return batches.map((batch) => this.#answer(batch));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #answer(batch: ProduceBatch): ProduceResult {
    const { topic, partition } = batch;
    const answer = this.script.shift()?.(batch) ?? 'ok';
    if (answer === 'ok') {
      const baseOffset = this.#nextOffset;
      this.#nextOffset += batch.records.length;
      return { topic, partition, outcome: 'acknowledged', baseOffset };
    }
    if (answer === 'unknown') return { topic, partition, outcome: 'unknown', cause: new KafkaError('BROKER_UNREACHABLE', 'no answer') };
    return {
      topic,
      partition,
      outcome: 'refused',
      ...answer,
      cause: new KafkaError('PRODUCE_FAILED', answer.code, { kafkaCode: answer.code, details: answer.details ?? {} }),
    };
  }
}

const TOO_LARGE: Answer = { code: 'MESSAGE_TOO_LARGE', retriable: false };

function rig(targets: Record<string, string> = { orders: 'orders.dead' }): {
  readonly transport: ScriptedProducer;
  readonly sink: DeadLetterProducer;
  readonly clock: ManualClock;
} {
  const transport = new ScriptedProducer();
  const clock = new ManualClock(5_000_000);
  const sink = new DeadLetterProducer({
    transport,
    clock,
    groupId: 'billing',
    headerFidelity: 'exact',
    targets: new Map(Object.entries(targets)),
  });
  return { transport, sink, clock };
}

describe('a letter', () => {
  test('is acknowledged with its place; its timestamp is now by the clock', async () => {
    const { transport, sink } = rig();
    expect(await sink.send(rejected())).toEqual({
      outcome: 'acknowledged',
      target: 'orders.dead',
      partition: 2,
      offset: 100,
      pointer: false,
    });
    expect(transport.asked).toHaveLength(1);
    expect(transport.asked[0]).toMatchObject({
      topic: 'orders.dead',
      partition: 2,
      records: [{ timestamp: 5_000_000, value: bytes('{"id":1}') }],
    });
  });

  test.each([
    ['has as many partitions', 3, 2, bytes('k'), 2],
    ['has fewer: by key', 2, 2, bytes('some key'), partitionForKey(bytes('some key'), 2)],
    ['has fewer, without a key: by number', 2, 5, null, 1],
  ])('goes, where the target %s, to the right partition', async (_, partitions, partition, key, expected) => {
    const { transport, sink } = rig();
    transport.partitions = () => Promise.resolve(partitions);
    expect(await sink.send(rejected({ record: record({ partition, key }) }))).toMatchObject({ partition: expected });
  });

  test('that is too large is written as a pointer in the same call', async () => {
    const { transport, sink } = rig();
    transport.script = [() => TOO_LARGE];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'acknowledged', pointer: true, offset: 100 });
    const [, pointer] = transport.asked;
    expect(readLetter(stored(pointer!.records[0]!))).toMatchObject({
      kind: 'pointer',
      origin: { topic: 'orders', partition: 2, offset: 41 },
    });
    expect(pointer!.records[0]!.value).toBeNull();
  });

  test('whose pointer meets trouble is tried again as a whole', async () => {
    const { transport, sink } = rig();
    transport.script = [() => TOO_LARGE, () => 'unknown', () => TOO_LARGE];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: true });
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'acknowledged', pointer: true });
  });

  test('whose time the leader does not take is written, in the same call, with the latest that it takes', async () => {
    const { transport, sink, clock } = rig();
    const isAhead = ({ records: [letter] }: ProduceBatch): Answer =>
      letter!.timestamp > 1_000_000
        ? { code: 'INVALID_TIMESTAMP', retriable: false, details: { latestTimestampMs: 1_000_000 } }
        : letter!.value === null
          ? 'ok'
          : TOO_LARGE;
    transport.script = [isAhead, isAhead, isAhead, isAhead];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'acknowledged', pointer: true });
    expect(transport.asked.map(({ records: [letter] }) => letter!.timestamp)).toEqual([5_000_000, 1_000_000, 5_000_000, 1_000_000]);
    // Nothing is kept of it: the clock may be right by now.
    await clock.advance(1);
    await sink.send(rejected());
    expect(transport.asked.at(-1)!.records[0]!.timestamp).toBe(5_000_001);
  });

  test('whose time is refused without a word of what is taken, or refused again, is not written with a time of its record', async () => {
    const { transport, sink } = rig();
    transport.script = [() => ({ code: 'INVALID_TIMESTAMP', retriable: false })];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: false, error: { kafkaCode: 'INVALID_TIMESTAMP' } });
    // Another leader, whose clock is a little behind the first one's.
    const told = (latestTimestampMs: number) => (): Answer => ({
      code: 'INVALID_TIMESTAMP',
      retriable: false,
      details: { latestTimestampMs },
    });
    transport.script = [told(1_000), told(999)];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: true });
    expect(transport.asked.map(({ records: [letter] }) => letter!.timestamp)).toEqual([5_000_000, 5_000_000, 1_000]);
    // A clock that is behind is another matter.
    transport.script = [told(6_000_000)];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: false });
    expect(transport.asked).toHaveLength(4);
  });

  test('for which even the pointer is too large fails for good', async () => {
    const { transport, sink } = rig();
    transport.script = [() => TOO_LARGE, () => TOO_LARGE];
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: false, error: { kafkaCode: 'MESSAGE_TOO_LARGE' } });
  });
});

describe('a failure', () => {
  test.each<[string, Answer, boolean]>([
    ['a lost answer', 'unknown', true],
    ['a leader that moved', { code: 'NOT_LEADER_OR_FOLLOWER', retriable: true }, true],
    ['no right to write', { code: 'TOPIC_AUTHORIZATION_FAILED', retriable: false }, false],
    ['a compacted topic and no key', { code: 'INVALID_RECORD', retriable: false }, false],
  ])('%s: one attempt, and whether another may help', async (_, answer, retriable) => {
    const { transport, sink } = rig();
    transport.script = [() => answer];
    const result = await sink.send(rejected());
    expect(result).toMatchObject({ outcome: 'failed', target: 'orders.dead', retriable, error: { code: 'PRODUCE_FAILED' } });
    expect(transport.asked).toHaveLength(1);
    expect((result as { error: KafkaError }).error.message).toContain('orders/2/41');
    expect((result as { error: KafkaError }).error.message).not.toContain('{"id":1}');
  });

  test.each<[ErrorCode, string | null, boolean]>([
    ['UNKNOWN_TOPIC', 'UNKNOWN_TOPIC_OR_PARTITION', false],
    ['UNKNOWN_TOPIC', 'LEADER_NOT_AVAILABLE', true],
    ['BROKER_UNREACHABLE', null, true],
    ['PRODUCER_CLOSED', null, false],
  ])('to learn the partitions, %s (%s), is told too', async (code, kafkaCode, retriable) => {
    const { transport, sink } = rig();
    transport.partitions = () => Promise.reject(new KafkaError(code, 'no', { kafkaCode }));
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable });
    expect(transport.asked).toHaveLength(0);
  });

  test('of a transport that breaks its word is an unknown outcome', async () => {
    const { transport, sink } = rig();
    transport.gate = Promise.reject(new Error('broken'));
    transport.gate.catch(() => {});
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: true });
  });

  test('is a letter to its own topic, and one for a topic that has no dead letters', async () => {
    const { transport, sink } = rig({ orders: 'orders' });
    expect(await sink.send(rejected())).toMatchObject({ outcome: 'failed', retriable: false, error: { code: 'DEAD_LETTER_INVALID' } });
    expect(await sink.send(rejected({ record: record({ topic: 'other' }) }))).toMatchObject({ outcome: 'failed', retriable: false });
    expect(() => sink.targetOf('other')).toThrow(expect.objectContaining({ code: 'DEAD_LETTER_INVALID' }));
    expect(sink.targetOf('orders')).toBe('orders');
    expect(transport.asked).toHaveLength(0);
  });
});

describe('many letters at a time', () => {
  const letters = (count: number): ReturnType<typeof rejected>[] =>
    Array.from({ length: count }, (_, index) => rejected({ record: record({ offset: index, value: bytes(`v${index}`) }) }));

  test('of one partition go one request at a time, together, in order, each with its own offset', async () => {
    const { transport, sink } = rig();
    const results = await Promise.all(letters(50).map((letter) => sink.send(letter)));
    expect(results.map((result) => result.outcome === 'acknowledged' && result.offset)).toEqual(
      Array.from({ length: 50 }, (_, index) => 100 + index),
    );
    expect(transport.mostRunning).toBe(1);
    expect(transport.asked.length).toBeLessThan(5);
  });

  test('stand and fall alone: one that is too large takes none with it, and none is written twice', async () => {
    const { transport, sink } = rig();
    const isLarge = ({ records }: ProduceBatch): Answer =>
      records.some(({ value }) => value !== null && value.length === 9_999) ? TOO_LARGE : 'ok';
    transport.script = Array.from({ length: 20 }, () => isLarge);
    const given = letters(6);
    given[3] = rejected({ record: record({ offset: 3, value: new Uint8Array(9_999) }) });
    const results = await Promise.all(given.map((letter) => sink.send(letter)));
    expect(results.map((result) => result.outcome === 'acknowledged' && result.pointer)).toEqual([false, false, false, true, false, false]);
    const offsets = results.map((result) => result.outcome === 'acknowledged' && result.offset);
    expect(new Set(offsets).size).toBe(6);
  });

  test('share a lost answer: each may be in the log', async () => {
    const { transport, sink } = rig();
    transport.script = [() => 'ok', () => 'unknown'];
    const results = await Promise.all(letters(5).map((letter) => sink.send(letter)));
    expect(results.map(({ outcome }) => outcome)).toEqual(['acknowledged', 'failed', 'failed', 'failed', 'failed']);
  });

  test('of two partitions do not wait for each other', async () => {
    const { transport, sink } = rig();
    await Promise.all([sink.send(rejected()), sink.send(rejected({ record: record({ partition: 1 }) }))]);
    expect(transport.mostRunning).toBe(2);
  });

  test('travel in batches that a broker takes', async () => {
    const { transport, sink } = rig();
    const given = letters(20).map((letter) => ({ ...letter, record: { ...letter.record, value: new Uint8Array(100_000) } }));
    await Promise.all(given.map((letter) => sink.send(letter)));
    expect(Math.max(...transport.asked.map(({ records }) => records.length))).toBe(2);
  });
});

test('close closes the producer', async () => {
  const { transport, sink } = rig();
  await sink.close();
  expect(transport.closed).toBe(true);
});
