import type { DeadLetter, DeadLetterResult, DeadLetterSink } from '../../src/dead-letter/dead-letter-sink.ts';
import { KafkaError } from '../../src/errors.ts';

/** One attempt at a dead letter, until a test settles it. */
export interface SentLetter {
  readonly letter: DeadLetter;
  acknowledge(): void;
  fail(retriable: boolean): void;
}

/** A place for dead letters that settles them when a test says so; with `immediate` at once. */
export class ScriptedSink implements DeadLetterSink {
  readonly sent: SentLetter[] = [];
  readonly #immediate: boolean;

  constructor({ immediate }: { readonly immediate: boolean }) {
    this.#immediate = immediate;
  }

  targetOf(sourceTopic: string): string {
    return `${sourceTopic}.dead`;
  }

  send(letter: DeadLetter): Promise<DeadLetterResult> {
    const target = this.targetOf(letter.record.topic);
    return new Promise((resolve) => {
      const attempt: SentLetter = {
        letter,
        acknowledge: () => resolve({ outcome: 'acknowledged', target, partition: 0, offset: this.sent.length, pointer: false }),
        fail: (retriable) =>
          resolve({ outcome: 'failed', target, retriable, error: new KafkaError('PRODUCE_FAILED', 'The letter was not taken.') }),
      };
      this.sent.push(attempt);
      if (this.#immediate) attempt.acknowledge();
    });
  }
}
