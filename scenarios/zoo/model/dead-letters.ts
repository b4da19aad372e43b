/** The model consumer's dead letters: written and acknowledged before the record counts as done, as often as it takes. */
import type { KafkaRecord } from '../../../src/record.ts';
import type { ProduceRecord, ProduceResult, TransportProducer } from '../../../src/transport.ts';
import { ABOUT_HEADER } from '../../../testing/witness/message-of.ts';
import type { SubjectOptions } from '../../subject.ts';
import { DEAD_LETTERS } from '../zoo-scenario.ts';
import type { Delivery } from './held-partition.ts';
import type { ModelMember, RejectSink } from './model-consumer.ts';
import { sleep } from './waiting.ts';

/** What an entry of the zoo may break. */
export interface LetterHabits {
  /** Now: with the original's time, retention could take the letter at once. */
  readonly timestampOf: (record: KafkaRecord, nowMs: number) => number;
  /** What to do with a letter that was not acknowledged: write it again, write a pointer to the record instead, or think of it as written. */
  readonly afterFailure: (result: ProduceResult) => 'again' | 'pointer' | 'written';
  /** Whether a producer is thrown away after an unknown outcome: one that numbers its batches may reuse a number. */
  readonly discardsProducer: boolean;
}

const GOOD_LETTER_HABITS: LetterHabits = {
  timestampOf: (_record, nowMs) => nowMs,
  afterFailure: (result) => (result.outcome === 'refused' && !result.retriable ? 'pointer' : 'again'),
  discardsProducer: true,
};

const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 5_000;

export function deadLetters(habits: Partial<LetterHabits> = {}): (member: ModelMember, options: SubjectOptions) => DeadLetters {
  return (member, options) => new DeadLetters(member, options, { ...GOOD_LETTER_HABITS, ...habits });
}

export class DeadLetters implements RejectSink {
  /** Written by this process, in order. */
  readonly written: KafkaRecord[] = [];
  readonly #member: ModelMember;
  readonly #options: SubjectOptions;
  readonly #habits: LetterHabits;
  #producer: TransportProducer | null = null;

  constructor(member: ModelMember, options: SubjectOptions, habits: LetterHabits) {
    this.#member = member;
    this.#options = options;
    this.#habits = habits;
  }

  /** Resolves with true once the letter is acknowledged; with false when the epoch has ended before that. */
  async reject({ record }: Delivery, isOver: () => boolean): Promise<boolean> {
    let isPointer = false;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!isOver()) {
      const result = await this.write(record, isPointer);
      const verdict = result.outcome === 'acknowledged' ? 'written' : this.#habits.afterFailure(result);
      if (verdict === 'written') {
        this.written.push(record);
        return true;
      }
      if (verdict === 'pointer') isPointer = true;
      if (result.outcome === 'unknown' && this.#habits.discardsProducer) await this.close();
      await sleep(this.#member.clock, backoffMs);
      backoffMs = Math.min(2 * backoffMs, LAST_BACKOFF_MS);
    }
    return false;
  }

  async write(record: KafkaRecord, isPointer = false): Promise<ProduceResult> {
    const { requestTimeoutMs, ownTopic } = this.#options;
    const producer = (this.#producer ??= this.#member.transport.createProducer({ requestTimeoutMs }));
    const about = new TextEncoder().encode(`${record.topic}/${record.partition}/${record.offset}`);
    const letter: ProduceRecord = {
      key: record.key,
      value: isPointer ? null : record.value,
      headers: [...(isPointer ? [] : record.headers), [ABOUT_HEADER, about]],
      timestamp: this.#habits.timestampOf(record, this.#member.clock.now()),
    };
    const [result] = await producer.produce([{ topic: ownTopic(DEAD_LETTERS.name), partition: 0, records: [letter] }]);
    if (result === undefined) throw new RangeError('A producer answers for each batch');
    return result;
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }
}
