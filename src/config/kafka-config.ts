import type { Secret } from './secret.ts';

/** Where a group starts that has no committed offset; `none` fails instead. */
export type AutoOffsetReset = 'earliest' | 'latest' | 'none';
/** The least level that the built-in logger writes; `silent` writes nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
/** How to log in, by Kafka's names in lower case. */
export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** TLS material in PEM form. What is null is left to Node: its own certificate authorities, no client certificate. */
export interface TlsConfig {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: Secret | null;
}

/** How this client logs in. The password does not show itself; see `Secret`. */
export interface SaslConfig {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: Secret;
}

/** How the producer batches; see `BatchingProducer`. */
export interface ProducerConfig {
  readonly lingerMs: number;
  readonly batchBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxBlockMs: number;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
}

/** Limits of this process, over all of its handlers. What is null has none. */
export interface LimitsConfig {
  readonly concurrency: number | null;
  readonly recordsPerSecond: number | null;
  /** Null: a tenth of the rate. */
  readonly recordsBurst: number | null;
  readonly openWindow: number;
  readonly queuedBytes: number;
}

/**
 * A validated configuration: made by `loadKafkaConfig` from environment variables or by `kafkaConfig` from a plain
 * object, frozen. Meaning, default and bounds of each setting stand in the schema (settings.ts) and in the table of
 * docs/usage.md that is made from it; the compiler holds this interface and the schema equal.
 */
export interface KafkaConfig {
  readonly enabled: boolean;
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Null where none was given; `requireGroupId` makes that an error for a consumer. */
  readonly groupId: string | null;
  /** Null where none were given: the handlers' topics hold. `checkTopics` compares. */
  readonly topics: readonly string[] | null;
  readonly autoOffsetReset: AutoOffsetReset;
  readonly isolationLevel: 'read_committed' | 'read_uncommitted';
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly maxWaitTimeMs: number;
  readonly maxBytesPerPartition: number;
  readonly commitIntervalMs: number;
  readonly lagIntervalMs: number;
  readonly durableLedger: boolean;
  readonly limits: LimitsConfig;
  readonly stopTimeoutMs: number;
  /** Null: no TLS. */
  readonly tls: TlsConfig | null;
  /** Null: no authentication. */
  readonly sasl: SaslConfig | null;
  readonly producer: ProducerConfig;
  readonly logLevel: LogLevel;
  /** What is allowed and yet unwise, one sentence each, without secrets; the manager logs them at its start. */
  readonly warnings: readonly string[];
}

/** What `kafkaConfig` takes: every setting is optional, secrets may be plain strings. */
export interface KafkaConfigInput {
  readonly enabled?: boolean | undefined;
  readonly brokers?: readonly string[] | undefined;
  readonly clientId?: string | undefined;
  readonly groupId?: string | null | undefined;
  readonly topics?: readonly string[] | null | undefined;
  readonly autoOffsetReset?: AutoOffsetReset | undefined;
  readonly isolationLevel?: 'read_committed' | 'read_uncommitted' | undefined;
  readonly sessionTimeoutMs?: number | undefined;
  readonly heartbeatIntervalMs?: number | undefined;
  readonly requestTimeoutMs?: number | undefined;
  readonly rebalanceTimeoutMs?: number | undefined;
  readonly maxWaitTimeMs?: number | undefined;
  readonly maxBytesPerPartition?: number | undefined;
  readonly commitIntervalMs?: number | undefined;
  readonly lagIntervalMs?: number | undefined;
  readonly durableLedger?: boolean | undefined;
  readonly limits?: { readonly [Name in keyof LimitsConfig]?: LimitsConfig[Name] | undefined } | undefined;
  readonly stopTimeoutMs?: number | undefined;
  readonly tls?: TlsInput | undefined;
  readonly sasl?: SaslInput | undefined;
  readonly producer?: { readonly [Name in keyof ProducerConfig]?: number | undefined } | undefined;
  readonly logLevel?: LogLevel | undefined;
}

/** TLS as `kafkaConfig` takes it: PEM texts, the client certificate and its key together or not at all. */
export interface TlsInput {
  readonly enabled?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | Secret | undefined;
}

/** A log-in as `kafkaConfig` takes it: all three or none. */
export interface SaslInput {
  readonly mechanism?: SaslMechanism | undefined;
  readonly username?: string | undefined;
  readonly password?: string | Secret | undefined;
}
