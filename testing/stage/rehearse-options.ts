import type { NewTopic } from '../../src/admin.ts';
import type { KafkaConfigInput } from '../../src/config/kafka-config.ts';
import type { Letter } from '../../src/dead-letter/read-letter.ts';
import type { Handler } from '../../src/handler.ts';
import type { Logger } from '../../src/logger.ts';
import type { AnyMessageHandler } from '../../src/message-handler.ts';
import type { Observer } from '../../src/observation.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { MemoryVenueOptions } from '../memory/memory-venue.ts';
import type { Venue } from '../venue.ts';

/** What a stage lets choose of its memory; the rest is for those who play scenarios on it. */
type StageMemoryOptions = Pick<MemoryVenueOptions, 'seed' | 'brokers' | 'brokerConfig' | 'startAt' | 'traceLimit'>;

export interface RehearseOptions extends StageMemoryOptions {
  /**
   * How long (real ms) a handler may wait for something that the stage does not control, such as real I/O, before `idle` and
   * `advance` reject and name it. Default 3,000: less than the five seconds after which vitest and Jest give a test up.
   */
  readonly watchdogMs?: number;
  /** As for `manager.register`. A function is called at every start of a member, and once before, for its topics: what it closes over dies with the member. */
  readonly handlers: readonly (Handler | AnyMessageHandler)[] | (() => readonly (Handler | AnyMessageHandler)[]);
  /**
   * Default: the handlers' topics with one partition each, and their dead letter topics with as many. What is named here is made
   * as well, or instead.
   */
  readonly topics?: readonly NewTopic[];
  /** Default `rehearsal`; on a real Kafka a new one each time. */
  readonly groupId?: string;
  /** What differs from the stage's configuration: earliest, session time-out 30 s, else the defaults of `kafkaConfig`. */
  readonly config?: Omit<KafkaConfigInput, 'enabled' | 'brokers' | 'groupId' | 'topics'>;
  /** False: no member runs until `start()`. Default true. */
  readonly start?: boolean;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Told everything that happens in the members, besides the stage. */
  readonly observers?: readonly Observer[];
  /** Observations that are kept, the newest. Default 1,000,000. */
  readonly observationLimit?: number;
  /**
   * Play on a real Kafka, in real time. Records that stand in its topics already are not delivered, but the topics are read
   * whole to look at them: meant for topics of a test's own.
   */
  readonly kafka?: { readonly brokers: readonly string[] };
  /** Play here; the stage closes it at the end. Instead of `kafka` and of the options of the memory. */
  readonly venue?: Venue;
}

export interface IdleOptions {
  /** At most so many milliseconds of the stage's time. Default an hour in virtual, a minute in real time. */
  readonly withinMs?: number;
}

/** A record that a handler produced. */
export interface ProducedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** As UTF-8 text; null where there is none. */
  readonly key: string | null;
  /** JSON where it is JSON, else text, else bytes; null is a tombstone. */
  readonly value: unknown;
  /** As it stands in the log. */
  readonly record: KafkaRecord;
}

/** A dead letter: the record's key and value, and why it is here. */
export interface StageDeadLetter extends ProducedRecord {
  readonly letter: Letter;
}
