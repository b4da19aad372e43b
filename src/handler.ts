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
  /** The runtime's clock: virtual in a rehearsal. With a signal a sleep ends when that fires, and rejects with its reason. */
  readonly clock: { now(): number; sleep(delayMs: number, options?: { readonly signal?: AbortSignal }): Promise<void> };
  readonly logger: Logger;
  readonly producer: RecordProducer;
}

/** Who waits behind a record that is not terminal: the whole partition, the records with its key, or nobody. */
export type Ordering = 'partition' | 'key' | 'unordered';

/** Delays between deliveries of a record: exponential, a random one in [0, min(maxDelayMs, initialDelayMs × factor^n)]. */
export interface BackOff {
  /** Default 200, 1 to 3,600,000. */
  readonly initialDelayMs: number;
  /** Default 30,000, at least `initialDelayMs`, at most 3,600,000. */
  readonly maxDelayMs: number;
  /** Default 2, 1 to 10. */
  readonly factor: number;
}

/** When to stop delivering a record again, and what becomes of it then. Counted anew in each epoch. */
export interface RetryLimits {
  /** `full` (default): the back-off is random. `none`: it is the whole ceiling, so that records which fail together come back together. */
  readonly jitter?: 'full' | 'none';
  /** So many failures (throws, rejections, passed deadlines, no valid answer) exhaust a record, 1 to 1,000,000. A Skip is none. Default: no limit. */
  readonly maxAttempts?: number;
  /** A failure so long after the record's first one exhausts it (ms, 1 to 604,800,000). Default: no limit. */
  readonly maxElapsedMs?: number;
  /** False for an error that no further attempt can mend: the record is exhausted at once. One that throws counts as true. */
  readonly retryIf?: (error: unknown) => boolean;
  /** More Skips than so many exhaust a record, 0 to 1,000,000. Default: no limit, however long a store is busy. */
  readonly maxSkips?: number;
  /** A Skip so long after the record's first one exhausts it (ms, 1 to 604,800,000). Default: no limit. */
  readonly maxSkipMs?: number;
  /**
   * `reject`: it becomes a Reject, `retries-exhausted` or `skips-exhausted`. `halt`: its lane stands still until somebody decides.
   * `continue`: told once in the log, and delivered on at the longest back-off. Default `reject` with a dead letter, else `continue`.
   * Only together with one of the limits above, `retryIf` among them.
   */
  readonly onExhausted?: 'reject' | 'halt' | 'continue';
}

/** Redelivery of what was skipped or has failed. */
export interface RetryOptions extends Partial<BackOff>, RetryLimits {}

/** Deliveries per second, redeliveries included, as a token bucket. A batch waits until all of it may go, and is no larger than the burst. */
export interface RateLimitOptions {
  /** Above 0, to 1,000,000; a fraction is allowed. */
  readonly recordsPerSecond: number;
  /** How many may come at once after a quiet time: 1 to 1,000,000. Default a tenth of a second's worth, at least 1. */
  readonly burst?: number;
}

/** Where rejected records go before they are committed. */
export interface DeadLetterOptions {
  /** The topic, or how to name it after the topic of the record. It has to exist; the start checks it. */
  readonly topic: string | ((sourceTopic: string) => string);
}

/** When a batch is handed over: as soon as one of them is reached. */
export interface BatchOptions {
  /** Default 100, 1 to 10,000. */
  readonly maxRecords?: number;
  /** Keys, values and headers together; a single record may be larger. Default 1 MiB, 1 to 2^30. */
  readonly maxBytes?: number;
  /** How long the first record waits for company (ms, 0 to 60,000). Default 0: what is there goes at once. */
  readonly lingerMs?: number;
}

/** Options that do not depend on the value's type. */
export interface HandlerOptions {
  /** Default `partition`. Key order holds within a partition; a record without a key is a lane of its own. */
  readonly ordering?: Ordering;
  /**
   * Calls of this handler at a time in this process, over all of its partitions: 1 to 10,000. A batch is one call. Default:
   * 16 for `key` and `unordered`, and none for `partition`, which makes one call a partition at most.
   */
  readonly concurrency?: number;
  /** Deliveries of this handler per second, in this process: a group of three processes makes three times as many. Default: no limit. */
  readonly rateLimit?: RateLimitOptions;
  readonly retry?: RetryOptions;
  /** Default: none; what is rejected is logged and committed. */
  readonly deadLetter?: DeadLetterOptions;
  /** A call that takes longer (ms, 1 to 86,400,000) counts as a failure: its signal is aborted, and its late answer is dropped. Default: none. */
  readonly deadlineMs?: number;
  /** A call that has not settled so long after its deadline hangs (ms, 1 to 86,400,000). Default 10,000. */
  readonly hungAfterMs?: number;
  /**
   * What becomes of the lane of a call that hangs. `halt` (default): it stands still until the call settles or somebody decides.
   * `overlap`: it goes on beside the hung call, which counts no longer as running; ten such calls halt the lane all the same.
   */
  readonly onHung?: 'halt' | 'overlap';
}

/** How a definition makes values of records, whether it takes them one by one or in batches. */
export interface ValueDefinition<Input, Value, T extends Tombstones> extends HandlerOptions {
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
}

/** What `defineHandler` takes for records one by one. */
export interface HandlerDefinition<Input, Value, T extends Tombstones> extends ValueDefinition<Input, Value, T> {
  /** A property and not a method: a method's parameter is bivariant, and a handler that forgets null would compile. */
  readonly handle: (value: Handled<NoInfer<Value>, NoInfer<T>>, context: HandlerContext) => Action | Promise<Action>;
}

/** One record of a batch. */
export interface BatchItem<Value> {
  readonly value: Value;
  readonly record: KafkaRecord;
  /** As of `HandlerContext`. */
  readonly id: string;
  readonly attempt: number;
  readonly failures: number;
}

/** What a batch handler may use besides its items: as of `HandlerContext`, for the call as a whole. */
export type BatchContext = Pick<HandlerContext, 'signal' | 'clock' | 'logger' | 'producer'>;

/** What `defineHandler` takes for records in batches. */
export interface BatchHandlerDefinition<Input, Value, T extends Tombstones> extends ValueDefinition<Input, Value, T> {
  /**
   * Gets records of one partition, those of a lane in order, and answers one action for all of them, or exactly one for each in
   * their order; anything else counts as a failure of each. What cannot be decoded is rejected by itself and does not come here.
   */
  readonly handleBatch: (
    items: readonly BatchItem<Handled<NoInfer<Value>, NoInfer<T>>>[],
    context: BatchContext,
  ) => Action | readonly Action[] | Promise<Action | readonly Action[]>;
  readonly batch?: BatchOptions;
}

/** Brand of a handler; `Symbol.for`, so that two copies of this package fit together. */
export const HANDLER: unique symbol = Symbol.for('kafka-rehearsal.handler');

/** One record of a batch whose handler failed. */
export interface FailedAnswer {
  readonly type: 'failed';
  readonly error: unknown;
}

/**
 * A handler as the runtime sees it. Made by `defineHandler` or from a `MessageHandler`. What is optional has the default of
 * `HandlerOptions`: a handler may come from an older copy of this package.
 */
export interface Handler {
  readonly [HANDLER]: true;
  readonly topics: readonly string[];
  readonly retry: BackOff & RetryLimits;
  readonly deadlineMs: number | null;
  readonly hungAfterMs?: number;
  readonly onHung?: 'halt' | 'overlap';
  readonly ordering?: Ordering;
  readonly concurrency?: number | null;
  readonly rateLimit?: Required<RateLimitOptions> | null;
  readonly deadLetter?: DeadLetterOptions | null;
  /** Not null: `processBatch` is called instead of `process`. */
  readonly batch?: Required<BatchOptions> | null;
  /**
   * Decodes, validates and handles one record. A throw, a rejection or anything but an action is a failure.
   * Answers without a promise wherever nothing asynchronous is involved.
   */
  readonly process: (record: KafkaRecord, context: HandlerContext) => Action | Promise<Action>;
  /** The same for several, one answer for each in order. Neither throws nor rejects, save by a defect of ours. */
  readonly processBatch?: (
    contexts: readonly HandlerContext[],
    context: BatchContext,
  ) => readonly (Action | FailedAnswer)[] | Promise<readonly (Action | FailedAnswer)[]>;
}
