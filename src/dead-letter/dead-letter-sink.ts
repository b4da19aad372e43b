import type { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';

/** A rejected record on its way to the dead letters. */
export interface DeadLetter {
  readonly record: KafkaRecord;
  readonly reason: string;
  /** What the handler gave or threw; only its class and a bounded message travel. Undefined when there is none. */
  readonly cause: unknown;
  /** Deliveries of the record in the epoch that rejected it, and how many of them failed. */
  readonly attempts: number;
  readonly failures: number;
}

/** How one attempt ended. `failed` and `retriable`: it may have been written, and is sent again. */
export type DeadLetterResult =
  | {
      readonly outcome: 'acknowledged';
      readonly target: string;
      readonly partition: number;
      readonly offset: number;
      /** The record was too large for the target: only its origin was written. */
      readonly pointer: boolean;
    }
  | { readonly outcome: 'failed'; readonly target: string; readonly error: KafkaError; readonly retriable: boolean };

/** Where rejected records go before they are committed. One attempt each call; the caller retries. */
export interface DeadLetterSink {
  /** The topic that records of `sourceTopic` go to. */
  targetOf(sourceTopic: string): string;
  /** Never rejects. */
  send(letter: DeadLetter): Promise<DeadLetterResult>;
}
