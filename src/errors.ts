/** Codes of this package's errors. Kafka's own codes travel in `kafkaCode`, under Kafka's names. */
export const ERROR_CODES = [
  'AUTHENTICATION_FAILED',
  'BROKER_UNREACHABLE',
  'CODEC_MISSING',
  'CODEC_UNSUPPORTED',
  'COMMIT_REFUSED',
  'CONFIG_INVALID',
  'CONSUMER_FAILED',
  'CORRUPT_BATCH',
  'DEAD_LETTER_INVALID',
  'GROUP_FENCED',
  'GROUP_NOT_EMPTY',
  'HANDLER_DEADLINE',
  'HANDLER_DUPLICATE',
  'HANDLER_HUNG',
  'HANDLER_INVALID',
  'HANDLER_MISSING',
  'KAFKA_DISABLED',
  'MANAGER_STATE',
  'NO_COMMITTED_OFFSET',
  'OFFSET_OUT_OF_RANGE',
  'OFFSET_PLAN_STALE',
  'OFFSET_SKIPS_RECORDS',
  'OFFSET_TOO_LARGE',
  'PARTITION_LOST',
  'PEER_MISSING',
  'PRODUCER_BUFFER_FULL',
  'PRODUCER_CLOSED',
  'PRODUCE_FAILED',
  'PROTOCOL',
  'REAL_KAFKA_UNAVAILABLE',
  'RECORD_EXHAUSTED',
  'RECORD_INVALID',
  'SCENARIO_INVALID',
  'SCENARIO_THREW',
  'STAGE_STUCK',
  'START_TIMEOUT',
  'STOP_DEADLINE',
  'TOPIC_ALREADY_EXISTS',
  'UNKNOWN_TOPIC',
  'UNSUPPORTED',
] as const;

/** See {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What an error may carry besides its message. */
export interface KafkaErrorOptions {
  readonly cause?: unknown;
  /** Kafka's name of the error code that a broker answered, such as `ILLEGAL_GENERATION`. */
  readonly kafkaCode?: string | null;
  /** Data for programs; no secret, no record value. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Every error that this package throws, rejects with or reports. Tell errors apart by `code`, not by class or message. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code: ErrorCode;
  readonly kafkaCode: string | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: KafkaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kafkaCode = options.kafkaCode ?? null;
    this.details = options.details ?? {};
  }
}

/** For the end of a switch over a union: the compiler refuses a missing case, and at run time the stray value is named. */
export function assertNever(value: never, what: string): never {
  throw new TypeError(`Unexpected ${what}: ${JSON.stringify(value)}`);
}
