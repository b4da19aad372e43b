/** What a subject promises about the handlers and the process of one run, besides what holds for every consumer. */

/** Deliveries of records: never more than `burst` and `recordsPerSecond` for each second of any window of time. */
export interface RatePromise {
  readonly recordsPerSecond: number;
  readonly burst: number;
}

/** When a record is given up in an epoch; what is left out has no limit. */
export interface RetryPromise {
  /** Failed calls. */
  readonly maxAttempts?: number;
  /** Milliseconds since the first failed call. Only the runtime's word says that it was used up, and it is held against the time. */
  readonly maxElapsedMs?: number;
  /** Skips that a record may be given; one more uses it up. */
  readonly maxSkips?: number;
  /** As `maxElapsedMs`, since the first Skip. */
  readonly maxSkipMs?: number;
  /** What becomes of it then. */
  readonly onExhausted: 'reject' | 'halt' | 'continue';
}

export type Ordering = 'partition' | 'key' | 'unordered';

/** The options of one handler, as far as they are promises. What is left out is not promised. */
export interface HandlerPromises {
  readonly topics: readonly string[];
  /** Default: the settings' own. */
  readonly ordering?: Ordering;
  /** Calls at once in one process; a batch is one call. */
  readonly concurrency?: number;
  /** For one process. */
  readonly rateLimit?: RatePromise;
  /** Default: the settings' own. */
  readonly deadLetterTopic?: string | null;
  readonly retry?: RetryPromise;
  /**
   * Milliseconds until a record that failed, or was skipped without a word about that, comes again, at least; one that was skipped with
   * `retryAfterMs` after that. Left out where the consumer has its own idea of when a record comes again.
   */
  readonly leastRetryDelayMs?: number;
  /** Milliseconds; a call that takes longer has failed, whatever it answers. */
  readonly deadlineMs?: number;
  /** No sooner after a call began does its lane stand still because the call hangs. */
  readonly hungAfterMs?: number;
  /** By explicit option a lane goes on so many milliseconds after a call began that still runs. Default: never. */
  readonly overlapAfterMs?: number;
  /** Records that one call is given at most. */
  readonly maxBatchRecords?: number;
}

/** What holds for one process, over all of its handlers. */
export interface ProcessPromises {
  readonly concurrency?: number;
  readonly rateLimit?: RatePromise;
  /** Offsets from the lowest open record of a partition to the position, before nothing more is fetched. */
  readonly openWindow?: number;
  /** The metadata of a commit says which records above it are done, and whoever is assigned the partition next believes it. Default false. */
  readonly durableLedger?: boolean;
}

/** The promises for the records of a topic, with what is left out filled in. */
export interface TopicPromises {
  /** Which handler: those of one have one number. */
  readonly handler: number;
  readonly ordering: Ordering;
  readonly concurrency: number | null;
  readonly rateLimit: RatePromise | null;
  readonly deadLetterTopic: string | null;
  readonly retry: RetryPromise | null;
  readonly leastRetryDelayMs: number | null;
  readonly deadlineMs: number | null;
  readonly hungAfterMs: number | null;
  readonly overlapAfterMs: number | null;
  readonly maxBatchRecords: number | null;
}

interface Promised {
  readonly ordering: Ordering;
  readonly deadLetterTopic?: string | null;
  readonly handlers?: readonly HandlerPromises[];
}

/** The settings' promises by topic; each is put together once. */
export class PromiseBook {
  readonly #settings: Promised;
  readonly #byTopic = new Map<string, TopicPromises>();

  constructor(settings: Promised) {
    this.#settings = settings;
  }

  of(topic: string): TopicPromises {
    const known = this.#byTopic.get(topic);
    if (known !== undefined) return known;
    const { handlers = [] } = this.#settings;
    const handler = handlers.findIndex(({ topics }) => topics.includes(topic));
    const promises = resolve(this.#settings, handlers[handler], handler);
    this.#byTopic.set(topic, promises);
    return promises;
  }
}

function resolve(settings: Promised, given: HandlerPromises | undefined, handler: number): TopicPromises {
  return {
    handler,
    ordering: given?.ordering ?? settings.ordering,
    concurrency: given?.concurrency ?? null,
    rateLimit: given?.rateLimit ?? null,
    deadLetterTopic: given?.deadLetterTopic === undefined ? (settings.deadLetterTopic ?? null) : given.deadLetterTopic,
    retry: given?.retry ?? null,
    leastRetryDelayMs: given?.leastRetryDelayMs ?? null,
    deadlineMs: given?.deadlineMs ?? null,
    hungAfterMs: given?.hungAfterMs ?? null,
    overlapAfterMs: given?.overlapAfterMs ?? null,
    maxBatchRecords: given?.maxBatchRecords ?? null,
  };
}
