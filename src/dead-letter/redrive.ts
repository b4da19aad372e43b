import { KafkaError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { ProducerRecord, RecordProducer } from '../producer/record-producer.ts';
import type { KafkaRecord } from '../record.ts';
import type { TransportCapabilities } from '../transport.ts';
import { carryHeaders } from './carried-headers.ts';
import { HEADER } from './header-names.ts';
import { matchesFilter } from './letter-filter.ts';
import type { RedrivePlan } from './plan-redrive.ts';
import { readRanges } from './range-reader.ts';
import type { ReaderParts, ReadRange } from './range-reader.ts';
import { readLetter } from './read-letter.ts';
import type { Letter } from './read-letter.ts';
import { redriveMark } from './redrive-mark.ts';
import { textHeaders } from './write-letter.ts';

/** A step is what is sent before it is marked; a crash repeats one at most. */
const STEPS_PER_SECOND = 4;
const MOST_STEP_LETTERS = 500;
const MOST_STEP_BYTES = 8_388_608;
/** Failures that are kept for the report; the others are counted. */
const MOST_FAILURES_KEPT = 100;
/** Errors that are about one letter, or its target: the others may go on. */
const ABOUT_ONE_LETTER: readonly ErrorCode[] = ['RECORD_INVALID', 'UNKNOWN_TOPIC'];
const DEFINITE_KAFKA_CODES: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

export interface RedriveParts extends ReaderParts {
  /** Waits for acknowledgement by all in-sync replicas, and retries, as `BatchingProducer` does. */
  readonly producer: RecordProducer;
  /** Above 0, to 1,000,000. */
  readonly recordsPerSecond: number;
  /** Letters that are redriven at most. Default: all. */
  readonly limit?: number;
  /** Ends it after the step under way; what was redriven is marked. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (report: RedriveReport) => void;
}

/** One letter that stayed where it is. */
export interface RedriveFailure {
  readonly partition: number;
  readonly offset: number;
  readonly id: string;
  readonly error: KafkaError;
}

export interface RedriveReport {
  readonly redriven: number;
  /** Letters of one and the same rejection beside the one that was redriven (its answer was lost): marked as well. */
  readonly duplicates: number;
  readonly failed: number;
  /** The first 100 of them. */
  readonly failures: readonly RedriveFailure[];
  /** Matching letters are left: it ended by its limit or its signal. */
  readonly isPartial: boolean;
}

interface Open {
  readonly partition: number;
  readonly offset: number;
  readonly letter: Letter;
}

interface Ready extends Open {
  readonly record: ProducerRecord;
  readonly bytes: number;
}

/**
 * Sends the letters of a plan back to the topics and partitions that they came from: as they came, with a timestamp of now,
 * and with our headers for id, first timestamp, attempts and failures. At least once: what is acknowledged is marked step by
 * step, and an interrupted redrive goes on where the marks end. Two at a time on one topic would send letters twice. Pointers come
 * last, read from where the records were. Rejects where going on is no use (the brokers are gone, nothing may be written);
 * what was acknowledged before is marked, or the error says that it is not.
 */
export async function redrive(parts: RedriveParts, plan: RedrivePlan): Promise<RedriveReport> {
  const run = new RedriveRun(parts, plan);
  return run.run();
}

class RedriveRun {
  readonly #parts: RedriveParts;
  readonly #plan: RedrivePlan;
  readonly #fidelity: TransportCapabilities['headerFidelity'];
  readonly #pointers: Open[] = [];
  /** Origins of what is in this run, for letters that are there twice. */
  readonly #seen = new Set<string>();
  readonly #failures: RedriveFailure[] = [];
  #step: Ready[] = [];
  #stepBytes = 0;
  #marks: Open[] = [];
  #taken = 0;
  #redriven = 0;
  #duplicates = 0;
  #failed = 0;
  #nextStepAt: number;

  constructor(parts: RedriveParts, plan: RedrivePlan) {
    this.#parts = parts;
    this.#plan = plan;
    this.#fidelity = parts.transport.capabilities.headerFidelity;
    this.#nextStepAt = parts.clock.now();
  }

  async run(): Promise<RedriveReport> {
    for await (const records of readRanges(this.#parts, this.#plan.search.ranges)) {
      for (const record of records) await this.#take(record);
      if (this.#isOver) break;
    }
    await this.#flush();
    if (!this.#isOver) await this.#redrivePointers();
    return this.#report();
  }

  get #isOver(): boolean {
    return this.#parts.signal?.aborted === true || this.#taken >= (this.#parts.limit ?? Number.POSITIVE_INFINITY);
  }

  async #take(record: KafkaRecord): Promise<void> {
    const { partition, offset } = record;
    const letter = readLetter(record);
    if (this.#isOver || letter === null || !matchesFilter(letter, record.timestamp, this.#plan.filter)) return;
    if (this.#plan.search.redriven.get(partition)?.has(offset) === true) return;
    const open = { partition, offset, letter };
    const origin = `${nameOf(letter.origin)}@${letter.origin.timestamp}`;
    if (this.#seen.has(origin)) {
      this.#duplicates += 1;
      this.#marks.push(open);
      return;
    }
    this.#seen.add(origin);
    this.#taken += 1;
    if (letter.kind === 'pointer') this.#pointers.push({ ...open, letter: { ...letter, headers: [] } });
    else await this.#add({ ...open, ...this.#backTo(letter, record, letter.headers) });
  }

  /** The originals of the pointers that are still where they were. */
  async #redrivePointers(): Promise<void> {
    const pointers = new Map(this.#pointers.map((open) => [nameOf(open.letter.origin), open]));
    const existing = await this.#existing([...new Set(this.#pointers.map(({ letter }) => letter.origin.topic))]);
    const ranges = [...pointers.values()]
      .map(({ letter: { origin } }): ReadRange => ({
        topic: origin.topic,
        partition: origin.partition,
        from: origin.offset,
        to: origin.offset + 1,
      }))
      .filter(({ topic, partition }) => existing.has(`${topic}/${partition}`))
      .sort((a, b) => a.from - b.from);
    for await (const records of readRanges(this.#parts, ranges)) {
      for (const record of records) {
        const open = pointers.get(nameOf(record));
        // A topic that was made again has other records at these offsets.
        if (open === undefined || open.letter.origin.timestamp !== record.timestamp || this.#parts.signal?.aborted === true) continue;
        pointers.delete(nameOf(record));
        await this.#add({ ...open, ...this.#backTo(open.letter, record, record.headers) });
      }
    }
    await this.#flush();
    if (this.#parts.signal?.aborted === true) return;
    for (const open of pointers.values()) this.#fail(open, goneError(open.letter));
  }

  async #existing(topics: readonly string[]): Promise<ReadonlySet<string>> {
    const described = await Promise.all(
      topics.map((topic) =>
        this.#parts.transport.admin.describeTopics([topic]).catch((error: unknown) => {
          if (error instanceof KafkaError && error.code === 'UNKNOWN_TOPIC') return [];
          throw error;
        }),
      ),
    );
    return new Set(described.flat().flatMap(({ name, partitions }) => partitions.map(({ partition }) => `${name}/${partition}`)));
  }

  #backTo(letter: Letter, { key, value }: KafkaRecord, own: KafkaRecord['headers']): Pick<Ready, 'record' | 'bytes'> {
    const { carried, encoded } = carryHeaders(own, this.#fidelity);
    const ours = textHeaders([
      [HEADER.id, letter.id],
      [HEADER.firstTimestamp, letter.firstTimestamp],
      [HEADER.attempts, letter.attempts],
      [HEADER.failures, letter.failures],
      [HEADER.headers, encoded],
    ]);
    const record = { key, value, partition: letter.origin.partition, headers: [...carried, ...ours] };
    return { record, bytes: (key?.length ?? 0) + (value?.length ?? 0) };
  }

  async #add(ready: Ready): Promise<void> {
    this.#step.push(ready);
    this.#stepBytes += ready.bytes;
    const letters = Math.min(MOST_STEP_LETTERS, Math.max(1, Math.floor(this.#parts.recordsPerSecond / STEPS_PER_SECOND)));
    if (this.#step.length >= letters || this.#stepBytes >= MOST_STEP_BYTES) await this.#flush();
  }

  /** Sends a step and marks it. */
  async #flush(): Promise<void> {
    const { clock, producer, recordsPerSecond, signal } = this.#parts;
    let step = this.#step;
    this.#step = [];
    this.#stepBytes = 0;
    if (step.length > 0) {
      await this.#waitForTurn();
      if (signal?.aborted === true) step = [];
      this.#nextStepAt = Math.max(this.#nextStepAt, clock.now()) + (step.length * 1_000) / recordsPerSecond;
    }
    const sent = await Promise.allSettled(step.map(({ letter, record }) => producer.send(letter.origin.topic, record)));
    let stopped: unknown;
    for (const [index, outcome] of sent.entries()) {
      const open = step[index] as Ready;
      if (outcome.status === 'fulfilled') {
        this.#redriven += 1;
        this.#marks.push(open);
      } else if (isAboutOneLetter(outcome.reason)) this.#fail(open, outcome.reason);
      else stopped ??= outcome.reason;
    }
    await this.#mark();
    this.#parts.onProgress?.(this.#report());
    if (stopped !== undefined) throw this.#stopped(stopped);
  }

  /** Until the next step may go, or nobody wants it any more. */
  #waitForTurn(): Promise<void> {
    const { clock, signal } = this.#parts;
    return new Promise((resolve) => {
      const timer = clock.setTimer(Math.max(0, this.#nextStepAt - clock.now()), done);
      function done(): void {
        timer.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done);
    });
  }

  async #mark(): Promise<void> {
    const marks = this.#marks;
    this.#marks = [];
    const { topic } = this.#plan;
    const byPartition = Map.groupBy(marks, ({ partition }) => partition);
    try {
      await Promise.all(
        [...byPartition].map(([partition, inPartition]) =>
          this.#parts.producer.send(
            topic,
            redriveMark(
              partition,
              inPartition.map(({ offset }) => offset),
            ),
          ),
        ),
      );
    } catch (cause) {
      const names = marks.map(({ partition, offset }) => `${partition}/${offset}`);
      throw new KafkaError(
        'PRODUCE_FAILED',
        `${marks.length} letters of "${topic}" were redriven, but could not be marked: they would be redriven again.`,
        { cause, details: { letters: names } },
      );
    }
  }

  #stopped(cause: unknown): KafkaError {
    const { code, message, kafkaCode } = cause instanceof KafkaError ? cause : new KafkaError('PRODUCE_FAILED', String(cause));
    const done = `${this.#redriven} records were redriven, and are marked`;
    return new KafkaError(code, `The redrive of "${this.#plan.topic}" stopped; ${done}: ${message}`, { cause, kafkaCode });
  }

  #fail({ partition, offset, letter }: Open, error: KafkaError): void {
    this.#failed += 1;
    if (this.#failures.length < MOST_FAILURES_KEPT) this.#failures.push({ partition, offset, id: letter.id, error });
  }

  #report(): RedriveReport {
    const { search, redrivenBefore } = this.#plan;
    const settled = this.#redriven + this.#duplicates + this.#failed;
    return {
      redriven: this.#redriven,
      duplicates: this.#duplicates,
      failed: this.#failed,
      failures: this.#failures,
      isPartial: settled < search.matching - redrivenBefore,
    };
  }
}

function isAboutOneLetter(error: unknown): error is KafkaError {
  if (!(error instanceof KafkaError)) return false;
  return ABOUT_ONE_LETTER.includes(error.code) || DEFINITE_KAFKA_CODES.has(error.kafkaCode ?? '');
}

function goneError({ origin }: Letter): KafkaError {
  return new KafkaError(
    'OFFSET_OUT_OF_RANGE',
    `The letter is a pointer, and its record is no longer at ${nameOf(origin)}: its value is lost, unless its sender has it.`,
  );
}

function nameOf({ topic, partition, offset }: { readonly topic: string; readonly partition: number; readonly offset: number }): string {
  return `${topic}/${partition}/${offset}`;
}
