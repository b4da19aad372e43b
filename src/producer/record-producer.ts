/** Header values as a caller may give them: strings become UTF-8. */
export type HeadersInput =
  | readonly (readonly [name: string, value: string | Uint8Array | null])[]
  | Readonly<Record<string, string | Uint8Array | null>>;

/** A record to produce. Bytes are not copied: leave them alone until the promise of `send` has settled. */
export interface ProducerRecord {
  /**
   * Default null. Chooses the partition by murmur2, as Kafka's Java client does. Records without a key fill one partition's
   * batch and then the next one's (the Java client's sticky partitioner), the first partition being chosen at random.
   */
  readonly key?: string | Uint8Array | null;
  /** Strings become UTF-8; null is a tombstone. */
  readonly value: string | Uint8Array | null;
  readonly headers?: HeadersInput;
  /** Default: by key. */
  readonly partition?: number;
  /** Milliseconds since the epoch. Default: now, by the injected clock. */
  readonly timestamp?: number;
}

/** The same with a value that `JSON.stringify` takes. */
export interface JsonProducerRecord extends Omit<ProducerRecord, 'value'> {
  readonly value: unknown;
}

/** Where an acknowledged record stands. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The producing side as handlers and applications see it. Safe to call concurrently. */
export interface RecordProducer {
  /**
   * Resolves when all in-sync replicas have it. At least once: after a lost answer it is sent again, and may then be in the
   * log twice. Never throws, rejects with
   * - PRODUCE_FAILED: refused for good, or not acknowledged in time; `details.maybeWritten` says whether it may be in the log all the same;
   * - RECORD_INVALID, UNKNOWN_TOPIC, PRODUCER_BUFFER_FULL (no room within maxBlockMs), PRODUCER_CLOSED: it was not written.
   */
  send(topic: string, record: ProducerRecord): Promise<RecordMetadata>;
  /** The value travels as JSON text, `null` as the text `null`; a tombstone is sent by `send`. */
  sendJson(topic: string, record: JsonProducerRecord): Promise<RecordMetadata>;
  /** Resolves when everything sent before this call is acknowledged or has failed. */
  flush(): Promise<void>;
}
