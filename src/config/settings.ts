/**
 * The one source of the configuration: names, defaults, bounds, meaning. The reader of environment variables, the
 * validation, the types and the table in docs/usage.md are all made from this schema.
 */
import * as v from 'valibot';
import { isTopicName, TOPIC_NAME_RULE } from '../topic-name.ts';
import { isBroker } from './broker-address.ts';
import { CONSUMER_DEFAULTS } from './consumer-defaults.ts';
import type { KafkaConfig, KafkaConfigInput, SaslMechanism } from './kafka-config.ts';
import { Secret } from './secret.ts';

/** What a setting says about itself besides its type. */
export interface SettingNotes {
  readonly variable: string;
  readonly meaning: string;
  /** What is allowed, as a phrase that follows "expected". */
  readonly allowed: string;
  /** Default, where it is not a fixed value. */
  readonly derived?: string;
  /** The value is never shown. */
  readonly hidden?: boolean;
  /** The value may be read from the file that `<variable>_FILE` names. */
  readonly fromFile?: boolean;
}

const MOST_INT32 = 2_147_483_647;

type About = Omit<SettingNotes, 'allowed'>;

function flag(about: About) {
  return v.pipe(v.boolean(), v.metadata({ ...about, allowed: 'true or false' }));
}

function oneOf<const Options extends readonly [string, ...string[]]>(options: Options, about: About) {
  return v.pipe(v.picklist(options), v.metadata({ ...about, allowed: `one of ${options.join(', ')}` }));
}

function integer(unit: 'milliseconds' | 'bytes' | 'calls' | 'records', least: number, most: number, about: About) {
  const allowed = `${unit}, an integer from ${least} to ${most}`;
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.metadata({ ...about, allowed }));
}

function rate(most: number, about: About) {
  const allowed = `a number above 0, up to ${most}`;
  return v.pipe(v.number(), v.gtValue(0), v.maxValue(most), v.metadata({ ...about, allowed }));
}

function text(mostCharacters: number, about: About) {
  return v.pipe(
    v.string(),
    v.regex(/\S/),
    v.maxLength(mostCharacters),
    v.metadata({ ...about, allowed: `1 to ${mostCharacters} characters, not only blanks` }),
  );
}

function list(check: (entry: string) => boolean, allowed: string, about: About) {
  return v.pipe(
    v.array(v.pipe(v.string(), v.check(check))),
    v.minLength(1),
    v.check((entries) => new Set(entries).size === entries.length),
    v.metadata({ ...about, allowed }),
  );
}

function secret(about: About) {
  return v.pipe(
    v.union([v.string(), v.instance(Secret)]),
    v.transform((given) => (typeof given === 'string' ? new Secret(given) : given)),
    v.check((given) => given.reveal() !== ''),
    v.metadata({ ...about, hidden: true, fromFile: true, allowed: 'at least one character' }),
  );
}

const PEM = '-----BEGIN ';
const PEM_ALLOWED = `PEM text ("${PEM}..."); name a file in the variable that ends in _FILE instead`;

function pem(about: About) {
  return v.pipe(v.string(), v.includes(PEM), v.metadata({ ...about, hidden: true, fromFile: true, allowed: PEM_ALLOWED }));
}

function secretPem(about: About) {
  return v.pipe(
    v.union([v.string(), v.instance(Secret)]),
    v.transform((given) => (typeof given === 'string' ? new Secret(given) : given)),
    v.check((given) => given.reveal().includes(PEM)),
    v.metadata({ ...about, hidden: true, fromFile: true, allowed: PEM_ALLOWED }),
  );
}

const tls = v.strictObject({
  enabled: v.optional(flag({ variable: 'KAFKA_TLS_ENABLED', meaning: 'Speak TLS with the brokers.' }), false),
  ca: v.optional(pem({ variable: 'KAFKA_TLS_CA', meaning: 'Certificate authorities to trust.', derived: "Node's own" })),
  cert: v.optional(pem({ variable: 'KAFKA_TLS_CERT', meaning: 'Client certificate, together with its key.' })),
  key: v.optional(secretPem({ variable: 'KAFKA_TLS_KEY', meaning: "The client certificate's private key." })),
});

const sasl = v.strictObject({
  mechanism: v.optional(
    oneOf(['plain', 'scram-sha-256', 'scram-sha-512'], {
      variable: 'KAFKA_SASL_MECHANISM',
      meaning: 'How to log in; needs user name and password.',
      derived: 'no log-in',
    }),
  ),
  username: v.optional(text(1_000, { variable: 'KAFKA_SASL_USERNAME', meaning: 'User name, or API key.', fromFile: true })),
  password: v.optional(secret({ variable: 'KAFKA_SASL_PASSWORD', meaning: 'Password, or API secret.' })),
});

const producer = v.strictObject({
  lingerMs: v.optional(
    integer('milliseconds', 0, 60_000, {
      variable: 'KAFKA_PRODUCER_LINGER_MS',
      meaning:
        'How long a batch waits for more records. 0 batches what is sent in one turn of the event loop, and what arrives while a request is under way.',
    }),
    0,
  ),
  batchBytes: v.optional(
    integer('bytes', 1, 104_857_600, {
      variable: 'KAFKA_PRODUCER_BATCH_BYTES',
      meaning: "Largest batch of one partition; keep it below the topic's `max.message.bytes`. A larger record travels alone.",
    }),
    524_288,
  ),
  maxBufferedBytes: v.optional(
    integer('bytes', 1, MOST_INT32, {
      variable: 'KAFKA_PRODUCER_MAX_BUFFERED_BYTES',
      meaning: 'Most memory for records that are not acknowledged yet; when it is full, `send` waits.',
    }),
    33_554_432,
  ),
  maxBlockMs: v.optional(
    integer('milliseconds', 0, 3_600_000, {
      variable: 'KAFKA_PRODUCER_MAX_BLOCK_MS',
      meaning: 'How long `send` waits for room in the buffer, and for the topic to be known, before it fails.',
    }),
    60_000,
  ),
  requestTimeoutMs: v.optional(
    integer('milliseconds', 1, 3_600_000, {
      variable: 'KAFKA_PRODUCER_REQUEST_TIMEOUT_MS',
      meaning: 'How long one produce request waits for its answer. After that the records may have been written, and are sent again.',
    }),
    30_000,
  ),
  deliveryTimeoutMs: v.optional(
    integer('milliseconds', 1, 86_400_000, {
      variable: 'KAFKA_PRODUCER_DELIVERY_TIMEOUT_MS',
      meaning: 'How long a record is tried in all, from `send` on; at least linger and request time-out together.',
    }),
    120_000,
  ),
});

const limits = v.strictObject({
  concurrency: v.optional(
    v.nullable(
      integer('calls', 1, 100_000, {
        variable: 'KAFKA_CONCURRENCY',
        meaning:
          'Handler calls at a time in this process, over all handlers; a batch is one call. Handlers have limits of their own besides.',
        derived: 'no limit',
      }),
    ),
    null,
  ),
  recordsPerSecond: v.optional(
    v.nullable(
      rate(1_000_000, {
        variable: 'KAFKA_RECORDS_PER_SECOND',
        meaning:
          'Deliveries per second in this process, over all handlers, redeliveries included. A group of three processes does three times as much.',
        derived: 'no limit',
      }),
    ),
    null,
  ),
  recordsBurst: v.optional(
    v.nullable(
      integer('records', 1, 1_000_000, {
        variable: 'KAFKA_RECORDS_BURST',
        meaning: 'Deliveries at once after a quiet time; only together with the rate.',
        derived: 'a tenth of the rate, at least 1',
      }),
    ),
    null,
  ),
  openWindow: v.optional(
    integer('records', 1, 10_000_000, {
      variable: 'KAFKA_OPEN_WINDOW',
      meaning: 'A partition is paused when so many records lie between its lowest open one and the position, most of them done.',
    }),
    CONSUMER_DEFAULTS.maxOpenWindow,
  ),
  queuedBytes: v.optional(
    integer('bytes', 1, 2 ** 40, {
      variable: 'KAFKA_QUEUED_BYTES',
      meaning:
        'Keys, values and headers that wait in memory, of all partitions: above it those that hold some are paused. One fetch response of each may come on top.',
    }),
    CONSUMER_DEFAULTS.queueTotalBytes,
  ),
});

const schema = v.strictObject({
  enabled: v.optional(
    flag({
      variable: 'KAFKA_ENABLED',
      meaning: 'Whether the manager connects at all. When false, `start` does nothing and `producer()` throws.',
    }),
    false,
  ),
  brokers: v.optional(
    list(isBroker, 'host:port, several separated by commas, each once, without a scheme or credentials', {
      variable: 'KAFKA_BROKERS',
      meaning: 'Brokers to ask for the others.',
    }),
    ['localhost:9092'],
  ),
  clientId: v.optional(text(255, { variable: 'KAFKA_CLIENT_ID', meaning: "Name in the brokers' logs and quotas." }), 'kafka-rehearsal'),
  groupId: v.optional(
    v.nullable(
      text(255, {
        variable: 'KAFKA_CONSUMER_GROUP_ID',
        meaning: 'Consumer group; required as soon as a handler is registered.',
        derived: 'none',
      }),
    ),
    null,
  ),
  topics: v.optional(
    v.nullable(
      list(isTopicName, `names of topics, separated by commas, each once; a name has ${TOPIC_NAME_RULE}`, {
        variable: 'KAFKA_TOPICS',
        meaning: "Topics to consume. When set, they must be exactly the registered handlers' topics.",
        derived: "the handlers' topics",
      }),
    ),
    null,
  ),
  autoOffsetReset: v.optional(
    oneOf(['earliest', 'latest', 'none'], {
      variable: 'KAFKA_AUTO_OFFSET_RESET',
      meaning: 'Where a group starts that has no committed offset: at the first record, after the last one, or not at all (`none` fails).',
    }),
    CONSUMER_DEFAULTS.autoOffsetReset,
  ),
  isolationLevel: v.optional(
    oneOf(['read_committed', 'read_uncommitted'], {
      variable: 'KAFKA_ISOLATION_LEVEL',
      meaning: 'Whether records of open and aborted transactions are read.',
    }),
    CONSUMER_DEFAULTS.isolationLevel,
  ),
  sessionTimeoutMs: v.optional(
    integer('milliseconds', 100, 1_800_000, {
      variable: 'KAFKA_SESSION_TIMEOUT_MS',
      meaning:
        'A consumer that is silent for so long is evicted from its group. 30000 is wiser; brokers take 6000 to 1800000 unless configured otherwise.',
    }),
    CONSUMER_DEFAULTS.sessionTimeoutMs,
  ),
  heartbeatIntervalMs: v.optional(
    integer('milliseconds', 1, 600_000, {
      variable: 'KAFKA_HEARTBEAT_INTERVAL_MS',
      meaning: 'Time between heartbeats; at most a third of the session time-out.',
      derived: 'a sixth of the session time-out, at most 3000',
    }),
  ),
  requestTimeoutMs: v.optional(
    integer('milliseconds', 1, 1_800_000, {
      variable: 'KAFKA_REQUEST_TIMEOUT_MS',
      meaning:
        'How long the consumer waits for an answer; at most session time-out − 2 × heartbeat interval, or one lost answer costs the membership.',
      derived: 'session time-out − 2 × heartbeat interval, at most 30000',
    }),
  ),
  rebalanceTimeoutMs: v.optional(
    integer('milliseconds', 100, 1_800_000, {
      variable: 'KAFKA_REBALANCE_TIMEOUT_MS',
      meaning: 'How long the group waits for its members to join again in a rebalance.',
    }),
    CONSUMER_DEFAULTS.rebalanceTimeoutMs,
  ),
  maxWaitTimeMs: v.optional(
    integer('milliseconds', 1, 60_000, {
      variable: 'KAFKA_MAX_WAIT_TIME_MS',
      meaning:
        'How long a broker holds a fetch that finds nothing; a paused partition may take as long to go on. Less than the request time-out.',
      derived: '500, at most half the request time-out',
    }),
  ),
  maxBytesPerPartition: v.optional(
    integer('bytes', 1, MOST_INT32, {
      variable: 'KAFKA_MAX_BYTES_PER_PARTITION',
      meaning: 'Most bytes of one partition in one fetch; a larger record is still fetched.',
    }),
    CONSUMER_DEFAULTS.maxBytesPerPartition,
  ),
  commitIntervalMs: v.optional(
    integer('milliseconds', 0, 60_000, {
      variable: 'KAFKA_COMMIT_INTERVAL_MS',
      meaning: 'Longest time that finished records wait for their commit: what is handled again after a crash.',
    }),
    CONSUMER_DEFAULTS.commitIntervalMs,
  ),
  lagIntervalMs: v.optional(
    integer('milliseconds', 0, 3_600_000, {
      variable: 'KAFKA_LAG_INTERVAL_MS',
      meaning:
        'How often the brokers are asked where the logs of idle and paused partitions end, and what retention leaves. 0: never; then lag is as old as the last batch, and nobody warns before retention takes records.',
    }),
    CONSUMER_DEFAULTS.lagIntervalMs,
  ),
  stopTimeoutMs: v.optional(
    integer('milliseconds', 0, 3_600_000, {
      variable: 'KAFKA_STOP_TIMEOUT_MS',
      meaning:
        'How long `stop` waits for running handlers and buffered records; what is open then is listed, and delivered again later. Less than the 30 s after which Kubernetes kills.',
    }),
    25_000,
  ),
  durableLedger: v.optional(
    flag({
      variable: 'KAFKA_DURABLE_LEDGER',
      meaning: 'Whether commits say in their metadata which records above the offset are done, so that a crash repeats only what was open.',
    }),
    CONSUMER_DEFAULTS.durableLedger,
  ),
  limits: v.optional(limits, {}),
  tls: v.optional(tls, {}),
  sasl: v.optional(sasl, {}),
  producer: v.optional(producer, {}),
  logLevel: v.optional(
    oneOf(['debug', 'info', 'warn', 'error', 'silent'], {
      variable: 'KAFKA_LOG_LEVEL',
      meaning: 'Least level that the built-in logger writes.',
    }),
    'info',
  ),
});

type Derived = 'heartbeatIntervalMs' | 'requestTimeoutMs' | 'maxWaitTimeMs';

/** The settings as they come out of the schema, before defaults that depend on other settings. */
export type Settings = Omit<KafkaConfig, Derived | 'tls' | 'sasl' | 'warnings'> & { readonly [Name in Derived]?: number | undefined } & {
  readonly tls: {
    readonly enabled: boolean;
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: Secret | undefined;
  };
  readonly sasl: {
    readonly mechanism?: SaslMechanism | undefined;
    readonly username?: string | undefined;
    readonly password?: Secret | undefined;
  };
};

/** A schema whose parts can be walked; its own type would fill pages of the declaration file. */
export type SettingsSchema = v.GenericSchema<KafkaConfigInput, Settings> & { readonly entries: Readonly<Record<string, v.GenericSchema>> };

export const settings: SettingsSchema = schema;

// The written types, which readers see, and the schema, which rules, cannot drift apart: the compiler refuses a difference.
type Plain<T> = T extends Secret | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Entry)[]
    ? readonly Entry[]
    : { readonly [Name in keyof T]: Plain<T[Name]> };
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
true satisfies Same<Plain<KafkaConfigInput>, Plain<v.InferInput<typeof schema>>>;
true satisfies Same<Plain<Settings>, Plain<v.InferOutput<typeof schema>>>;
