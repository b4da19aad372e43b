import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Action } from './action.ts';
import type { Logger } from './logger.ts';
import type { RecordProducer } from './producer/record-producer.ts';
import type { KafkaRecord } from './record.ts';

/** What to do with a record whose value is null. `handle` (default): the handler gets null. `consume`, `reject`: it never does. */
export type Tombstones = 'handle' | 'consume' | 'reject';

/** The value that `handle` receives. */
export type Handled<Value, T extends Tombstones> = T extends 'handle' ? Value | null : Value;

/** What a handler may use besides the value. Made for one delivery; useless after the handler has settled. */
export interface HandlerContext {
  /** `topic/partition/offset`: the same on every redelivery, so a store can tell a duplicate. */
  readonly id: string;
  readonly record: KafkaRecord;
  /** Deliveries of this record in this epoch, from 1. */
  readonly attempt: number;
  /** Failures (throws, rejections, passed deadlines) of this record in this epoch so far; a Skip is none. */
  readonly failures: number;
  /** Aborted when the deadline has passed, the partition is taken away, or the consumer's stop ran out of time. */
  readonly signal: AbortSignal;
  /** The runtime's clock: virtual in a rehearsal. A sleep lasts as long as asked, whatever the signal says: keep it short. */
  readonly clock: { now(): number; sleep(delayMs: number): Promise<void> };
  readonly logger: Logger;
  readonly producer: RecordProducer;
}

/** Back-off of skips and failures: exponential with full jitter, a random delay in [0, min(maxDelayMs, initialDelayMs × factor^n)]. */
export interface RetryOptions {
  /** Default 200, 1 to 3,600,000. */
  readonly initialDelayMs?: number;
  /** Default 30,000, at least `initialDelayMs`, at most 3,600,000. */
  readonly maxDelayMs?: number;
  /** Default 2, 1 to 10. */
  readonly factor?: number;
}

/** Options that do not depend on the value's type. */
export interface HandlerOptions {
  /** One handler call per partition at a time; whatever is skipped holds the whole partition. The only mode so far. */
  readonly ordering?: 'partition';
  readonly retry?: RetryOptions;
  /** A call that takes longer (ms, 1 to 86,400,000) counts as a failure: its signal is aborted, and its late answer is dropped. Default: none. */
  readonly deadlineMs?: number;
}

/** What `defineHandler` takes. */
export interface HandlerDefinition<Input, Value, T extends Tombstones> extends HandlerOptions {
  /** One topic, or several, by Kafka's rules for names; each topic has one handler. */
  readonly topic: string | readonly string[];
  /**
   * Makes the value from the record; default: strict UTF-8 JSON where a schema is given, else the bytes. What it throws or
   * rejects with becomes the cause of Reject `decode-failed`. A thrown action is taken as the answer instead: `throw
   * skip('registry is down')` keeps a record that cannot be decoded just now.
   */
  readonly transform?: (record: KafkaRecord & { readonly value: Uint8Array }) => Input | Promise<Input>;
  /** Any Standard Schema, asynchronous ones included. A mismatch is Reject `schema-mismatch`; a schema that throws is a failure. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the schema's input is whatever `transform` makes
  readonly schema?: StandardSchemaV1<any, Value>;
  /** Default `handle`. `reject` answers Reject `tombstone`. */
  readonly tombstones?: T;
  /** A property and not a method: a method's parameter is bivariant, and a handler that forgets null would compile. */
  readonly handle: (value: Handled<NoInfer<Value>, NoInfer<T>>, context: HandlerContext) => Action | Promise<Action>;
}

/** Brand of a handler; `Symbol.for`, so that two copies of this package fit together. */
export const HANDLER: unique symbol = Symbol.for('kafka-rehearsal.handler');

/** A handler as the runtime sees it. Made by `defineHandler` or from a `MessageHandler`. */
export interface Handler {
  readonly [HANDLER]: true;
  readonly topics: readonly string[];
  readonly retry: Required<RetryOptions>;
  readonly deadlineMs: number | null;
  /**
   * Decodes, validates and handles one record. A throw, a rejection or anything but an action is a failure.
   * Answers without a promise wherever nothing asynchronous is involved.
   */
  readonly process: (record: KafkaRecord, context: HandlerContext) => Action | Promise<Action>;
}
