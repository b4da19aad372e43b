import kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig as KafkajsConfig, LogEntry, SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../clock.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { Logger } from '../../logger.ts';

/** A string, or something that hides one, such as the `Secret` of our configuration. */
export type SecretInput = string | { reveal(): string };

export interface KafkajsTransportOptions {
  /** `host:port` each; one that answers is enough to find the others. */
  readonly brokers: readonly string[];
  /** Default `kafka-rehearsal`. */
  readonly clientId?: string;
  /** `true`: TLS with Node's certificate authorities. PEM strings otherwise. Default: none. */
  readonly tls?: boolean | { readonly ca?: string | null; readonly cert?: string | null; readonly key?: SecretInput | null } | null;
  /** For other mechanisms use `client.sasl`. Default: none. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: SecretInput;
  } | null;
  /** Of connecting and of admin calls, milliseconds; consumers and producers bring their own. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Oldest age of the metadata; so soon are new partitions consumed. Milliseconds, default 30,000. */
  readonly metadataMaxAgeMs?: number;
  /**
   * Checks the checksum of every fetched batch, as `check.crcs` of Kafka's Java consumer. Default true. It costs about 0.6 ms
   * of CPU per MB, a fifth of what records of 100 bytes cost a handler that does nothing.
   */
  readonly checkCrcs?: boolean;
  /** Where kafkajs's own log goes: its errors and warnings as `warn`, the rest as `debug`. Default: nowhere. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Options of the kafkajs client, `socketFactory` included. What this transport needs itself is not taken: retries, time-outs of requests, log. */
  readonly client?: Partial<
    Omit<KafkajsConfig, 'brokers' | 'retry' | 'requestTimeout' | 'enforceRequestTimeout' | 'logLevel' | 'logCreator'>
  >;
}

export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
export const DEFAULT_METADATA_MAX_AGE_MS = 30_000;
const CONNECTION_TIMEOUT_MS = 3_000;

/** `log`: where kafkajs's own log goes. `isOver`: whether it is being closed; what kafkajs then warns of is only that. */
export function makeClient(options: KafkajsTransportOptions, requestTimeoutMs: number, log: EventLog | null, isOver: () => boolean): Kafka {
  const ssl = tlsOptions(options);
  const sasl = saslOptions(options);
  return new kafkajs.Kafka({
    connectionTimeout: Math.min(CONNECTION_TIMEOUT_MS, requestTimeoutMs),
    authenticationTimeout: requestTimeoutMs,
    ...options.client,
    clientId: options.clientId ?? options.client?.clientId ?? 'kafka-rehearsal',
    brokers: [...options.brokers],
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    // Enough to try every address once or twice; what is worth more patience retries above, where it can be seen.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: Math.max(2, options.brokers.length * 2 - 1) },
    logLevel: log === null ? kafkajs.logLevel.NOTHING : kafkajs.logLevel.INFO,
    logCreator: () => (entry) => writeLog(log, entry, isOver()),
  });
}

export function usesTls(options: KafkajsTransportOptions): boolean {
  return Boolean(tlsOptions(options) ?? options.client?.ssl);
}

export function usesSasl(options: KafkajsTransportOptions): boolean {
  return (saslOptions(options) ?? options.client?.sasl) !== undefined;
}

function tlsOptions({ tls }: KafkajsTransportOptions): ConnectionOptions | boolean | undefined {
  if (tls === undefined || tls === null) return undefined;
  if (typeof tls === 'boolean') return tls;
  const material: ConnectionOptions = {};
  if (typeof tls.ca === 'string') material.ca = tls.ca;
  if (typeof tls.cert === 'string') material.cert = tls.cert;
  if (tls.key !== undefined && tls.key !== null) material.key = reveal(tls.key);
  return Object.keys(material).length === 0 ? true : material;
}

function saslOptions({ sasl }: KafkajsTransportOptions): SASLOptions | undefined {
  if (sasl === undefined || sasl === null) return undefined;
  return { mechanism: sasl.mechanism, username: sasl.username, password: reveal(sasl.password) } as SASLOptions;
}

function reveal(secret: SecretInput): string {
  return typeof secret === 'string' ? secret : secret.reveal();
}

/**
 * kafkajs logs as an error what it then recovers from; what is truly wrong reaches the caller as an error. While a broker is
 * down it says a dozen lines a second: those that differ only in numbers are folded.
 */
function writeLog(eventLog: EventLog | null, { namespace, level, log }: LogEntry, isOver: boolean): void {
  if (eventLog === null) return;
  const { message: said, timestamp: _timestamp, logger: _name, stack: _stack, ...data } = log;
  // Against its types: where it gives up on a broker it logs the error itself.
  const given: unknown = said;
  const message = given instanceof Error ? given.message : String(given);
  const fields = { ...data, client: `kafkajs ${namespace}` };
  if (level > kafkajs.logLevel.WARN || isOver) eventLog.write('client-message', fields, message);
  else eventLog.fold('client-warning', `${namespace} ${message.replaceAll(/\d+/g, '#')}`, fields, message);
}
