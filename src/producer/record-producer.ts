/** Header values as a caller may give them: strings become UTF-8. */
export type HeadersInput =
  | readonly (readonly [name: string, value: string | Uint8Array | null])[]
  | Readonly<Record<string, string | Uint8Array | null>>;

/** A record to produce. */
export interface ProducerRecord {
  /** Default null. Chooses the partition by murmur2, as Kafka's Java client does; without one, partitions take turns per batch. */
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
  /** Resolves when all in-sync replicas have it. Rejects with PRODUCE_FAILED, whose `details.maybeWritten` says whether it may be in the log all the same. */
  send(topic: string, record: ProducerRecord): Promise<RecordMetadata>;
  sendJson(topic: string, record: JsonProducerRecord): Promise<RecordMetadata>;
  /** Resolves when everything sent before this call is acknowledged or has failed. */
  flush(): Promise<void>;
}
