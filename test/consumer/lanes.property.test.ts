import fc from 'fast-check';
import { expect, test } from 'vitest';
import { consume, reject, skip } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import type { DeadLetter, DeadLetterResult, DeadLetterSink } from '../../src/dead-letter/dead-letter-sink.ts';
import { readLedger } from '../../src/consumer/durable-ledger.ts';
import { Consumer } from '../../src/consumer/consumer.ts';
import { HANDLER } from '../../src/handler.ts';
import type { FailedAnswer, Handler, HandlerContext, Ordering } from '../../src/handler.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { silentLogger } from '../../src/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport, assigned, batchOf, record } from '../support/scripted-transport.ts';

const RECORDS = 24;
const RECORDS_PER_SECOND = 20;
/** Of the handler's back-off, by the random source of these lives. */
const SHORTEST_DELAY_MS = 10;

interface Life {
  readonly ordering: Ordering;
  readonly keys: readonly (number | null)[];
  readonly concurrency: number;
  readonly batch: number | null;
  /** Of a limit of 20 records a second; null for none. */
  readonly burst: number | null;
  readonly durableLedger: boolean;
  readonly chunk: number;
  /** What the test does next: answers a call, lets time pass, hands over more, or starts a new epoch. */
  readonly moves: readonly { readonly kind: number; readonly pick: number }[];
}

const life: fc.Arbitrary<Life> = fc.record({
  ordering: fc.constantFrom<Ordering>('partition', 'key', 'unordered'),
  keys: fc.array(fc.option(fc.nat({ max: 3 }), { freq: 6 }), { minLength: RECORDS, maxLength: RECORDS }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  batch: fc.option(fc.integer({ min: 1, max: 6 })),
  burst: fc.option(fc.integer({ min: 1, max: 4 })),
  durableLedger: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 12 }),
  moves: fc.array(fc.record({ kind: fc.nat({ max: 9 }), pick: fc.nat({ max: 30 }) }), { minLength: 10, maxLength: 60 }),
});

interface Call {
  readonly epoch: number;
  readonly offsets: readonly number[];
  answer(answers: (offset: number) => Action): void;
}

/** Plays one life against a consumer, and checks at each step what no step may break. */
class Play {
  readonly clock = new ManualClock();
  readonly transport = new ScriptedTransport({ orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } });
  readonly calls: Call[] = [];
  readonly letters: { readonly letter: DeadLetter; readonly settle: (result: DeadLetterResult) => void }[] = [];
  /** Done, whoever did it. */
  readonly terminal = new Set<number>();
  readonly problems: string[] = [];
  readonly consumer: Consumer;
  readonly #life: Life;
  epoch = 0;
  #end = 0;
  #running = 0;
  /** Offset and metadata as the broker stores them. */
  #stored: { offset: number; metadata: string | null } = { offset: 0, metadata: null };
  /** By a ledger that was acknowledged at any time: nothing of it may come again. */
  readonly #claimed = new Set<number>();
  readonly #deliveredAt: number[] = [];
  /** Of this epoch: when an answer left the record open. */
  readonly #leftOpenAt = new Map<number, number>();

  constructor(given: Life) {
    this.#life = given;
    const handler = this.#handler();
    this.consumer = new Consumer({
      transport: this.transport,
      handlers: new Map([['orders', handler]]),
      options: { groupId: 'billing', autoOffsetReset: 'earliest', commitIntervalMs: 10, durableLedger: given.durableLedger },
      clock: this.clock,
      random: { next: () => 0.5 },
      logger: silentLogger,
      producer: {} as RecordProducer,
      deadLetters: this.#sink(),
      member: 'm1',
    });
  }

  async start(): Promise<void> {
    this.transport.firstAssignment = [assigned({ epoch: ++this.epoch, committedOffset: 0, logEndOffset: RECORDS })];
    await this.consumer.start();
    await this.clock.settle();
  }

  async move({ kind, pick }: Life['moves'][number]): Promise<void> {
    if (kind <= 4) this.#answerOne(pick, [consume(), consume(), skip(), reject('bad'), 'throw'][kind] as Action | 'throw');
    else if (kind === 5) this.#settleLetter(pick);
    else if (kind === 6) this.#handOver();
    else if (kind === 7) await this.clock.advance(1 + pick * 10);
    else if (kind === 8) await this.clock.advance(10);
    else this.#nextEpoch();
    await this.clock.settle();
    this.#look();
  }

  /** Everything is answered with Consume until nothing is left. */
  async drain(): Promise<void> {
    for (let turn = 0; turn < 400 && this.#stored.offset < RECORDS; turn++) {
      this.#handOver();
      while (this.letters.length > 0) this.#settleLetter(0);
      for (const call of this.calls.splice(0)) call.answer(() => consume());
      await this.clock.advance(500);
      this.#look();
    }
    if (this.#stored.offset < RECORDS) this.problems.push(`stuck at ${this.#stored.offset}`);
    if (this.terminal.size < RECORDS) this.problems.push(`only ${this.terminal.size} done`);
  }

  #answerOne(pick: number, action: Action | 'throw'): void {
    const [call] = this.calls.splice(pick % Math.max(1, this.calls.length), 1);
    call?.answer((offset) => {
      if (offset % 2 === pick % 2 || action === 'throw') {
        if (action === 'throw') throw new Error('no luck');
        return action;
      }
      return consume();
    });
  }

  #settleLetter(pick: number): void {
    const [sent] = this.letters.splice(pick % Math.max(1, this.letters.length), 1);
    if (sent === undefined) return;
    this.terminal.add(sent.letter.record.offset);
    sent.settle({ outcome: 'acknowledged', target: 'orders.dead', partition: 0, offset: 0, pointer: false });
  }

  #handOver(): void {
    const asked = this.transport.fetches.at(-1);
    if (asked === undefined || asked.epoch !== this.epoch || this.#end >= RECORDS) return;
    const to = Math.min(RECORDS, this.#end + this.#life.chunk);
    const records = Array.from({ length: to - this.#end }, (_, index) => this.#record(this.#end + index));
    if (this.transport.listener.batch(batchOf(this.#end, to, { epoch: this.epoch, records })) === 'accepted') this.#end = to;
  }

  #nextEpoch(): void {
    this.transport.listener.lost([{ topic: 'orders', partition: 0, epoch: this.epoch }], new Error('gone') as never);
    this.epoch++;
    this.#end = this.#stored.offset;
    this.#leftOpenAt.clear();
    this.transport.assign([
      assigned({
        epoch: this.epoch,
        committedOffset: this.#stored.offset,
        committedMetadata: this.#stored.metadata,
        logEndOffset: RECORDS,
      }),
    ]);
  }

  /** What the broker holds now. */
  #look(): void {
    for (const sent of this.transport.sent.splice(0)) {
      for (const { offset, metadata } of sent.commits) {
        this.#stored = { offset, metadata };
        for (let passed = 0; passed < offset; passed++)
          if (!this.terminal.has(passed)) this.problems.push(`committed ${offset} past open ${passed}`);
        for (const claimed of claimedBy(this.#stored)) {
          if (!this.terminal.has(claimed)) this.problems.push(`metadata claims open ${claimed}`);
          this.#claimed.add(claimed);
        }
        if (metadata !== null && !this.#life.durableLedger) this.problems.push('metadata although it is off');
      }
    }
  }

  #record(offset: number): KafkaRecord {
    const key = this.#life.keys[offset] ?? null;
    return record(offset, { key: key === null ? null : new Uint8Array([key]) });
  }

  #laneOf(offset: number): number {
    if (this.#life.ordering === 'partition') return -1;
    const key = this.#life.keys[offset] ?? null;
    return this.#life.ordering === 'unordered' || key === null ? 1_000 + offset : key;
  }

  readonly #busy = new Map<number, number>();

  #enter(offsets: readonly number[]): void {
    const own = new Set(offsets);
    for (const offset of offsets) {
      if (this.#claimed.has(offset)) this.problems.push(`${offset} delivered although a ledger claimed it`);
      if (this.clock.now() < (this.#leftOpenAt.get(offset) ?? 0) + SHORTEST_DELAY_MS) this.problems.push(`${offset} came too soon`);
      this.#deliveredAt.push(this.clock.now());
      const lane = this.#laneOf(offset);
      for (let lower = this.#stored.offset; lower < offset; lower++)
        if (this.#laneOf(lower) === lane && !this.terminal.has(lower) && !own.has(lower)) this.problems.push(`${offset} before ${lower}`);
    }
    for (const lane of new Set(offsets.map((offset) => this.#laneOf(offset)))) {
      if ((this.#busy.get(lane) ?? 0) > 0) this.problems.push(`two calls of lane ${lane}`);
      this.#busy.set(lane, 1);
    }
    if (this.#life.burst !== null) this.#checkRate(this.#life.burst);
    if (++this.#running > this.#life.concurrency) this.problems.push(`${this.#running} calls at a time`);
  }

  /** In any window that ends now, no more than the burst and what was earned in it. */
  #checkRate(burst: number): void {
    const now = this.clock.now();
    for (const [index, at] of this.#deliveredAt.entries()) {
      const count = this.#deliveredAt.length - index;
      if (count > burst + ((now - at) * RECORDS_PER_SECOND) / 1_000) this.problems.push(`${count} records within ${now - at} ms`);
    }
  }

  #leave(offsets: readonly number[]): void {
    this.#running--;
    for (const offset of offsets) this.#busy.delete(this.#laneOf(offset));
  }

  #called(offsets: readonly number[], resolve: (answer: (offset: number) => Action) => void): void {
    this.#enter(offsets);
    const { epoch } = this;
    this.calls.push({
      epoch,
      offsets,
      answer: (answers) => {
        this.#leave(offsets);
        resolve((offset) => {
          if (epoch === this.epoch) this.#leftOpenAt.set(offset, this.clock.now());
          const action = answers(offset);
          if (epoch === this.epoch && action.type === 'consume') this.terminal.add(offset);
          return action;
        });
      },
    });
  }

  #handler(): Handler {
    const { ordering, concurrency, batch } = this.#life;
    const single = ({ offset }: KafkaRecord): Promise<Action> =>
      new Promise((resolve, fail) => {
        this.#called([offset], (answers) => {
          try {
            resolve(answers(offset));
          } catch (error) {
            fail(error as Error);
          }
        });
      });
    const several = (contexts: readonly HandlerContext[]): Promise<readonly (Action | FailedAnswer)[]> =>
      new Promise((resolve) => {
        const offsets = contexts.map((context) => context.record.offset);
        this.#called(offsets, (answers) => resolve(offsets.map((offset) => answerOrFailure(answers, offset))));
      });
    return {
      [HANDLER]: true,
      topics: ['orders'],
      retry: { initialDelayMs: 20, maxDelayMs: 200, factor: 2 },
      deadlineMs: null,
      ordering,
      concurrency,
      rateLimit: this.#life.burst === null ? null : { recordsPerSecond: RECORDS_PER_SECOND, burst: this.#life.burst },
      deadLetter: { topic: 'orders.dead' },
      batch: batch === null ? null : { maxRecords: batch, maxBytes: 1_000_000, lingerMs: batch % 2 === 0 ? 15 : 0 },
      process: single,
      processBatch: several,
    };
  }

  #sink(): DeadLetterSink {
    return {
      targetOf: () => 'orders.dead',
      send: (letter) => new Promise((settle) => void this.letters.push({ letter, settle })),
    };
  }
}

function answerOrFailure(answers: (offset: number) => Action, offset: number): Action | FailedAnswer {
  try {
    return answers(offset);
  } catch (error) {
    return { type: 'failed', error };
  }
}

function claimedBy({ offset, metadata }: { readonly offset: number; readonly metadata: string | null }): Set<number> {
  const reading = readLedger(metadata, { base: offset, topicId: null, logEndOffset: RECORDS });
  const runs = reading.kind === 'believed' ? reading.runs : [];
  return new Set(runs.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)));
}

test('whatever is answered when, no lane overlaps or loses its order, and nothing open is committed past or claimed', async () => {
  await fc.assert(
    fc.asyncProperty(life, async (given) => {
      const play = new Play(given);
      await play.start();
      for (const move of given.moves) await play.move(move);
      await play.drain();
      expect(play.problems).toEqual([]);
    }),
    { numRuns: 1_000, seed: 20_261_123 },
  );
}, 60_000);
