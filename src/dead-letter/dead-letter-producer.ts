import type { Clock } from '../clock.ts';
import type { ErrorCode } from '../errors.ts';
import { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';
import type { TransportCapabilities, TransportProducer } from '../transport.ts';
import type { DeadLetter, DeadLetterResult, DeadLetterSink } from './dead-letter-sink.ts';
import { LetterOutbox } from './letter-outbox.ts';
import type { FailedResult, LetterResult } from './letter-outbox.ts';
import type { Letter } from './read-letter.ts';
import { targetPartition } from './target-partition.ts';
import { writeLetter } from './write-letter.ts';

/** Kafka's codes for what is larger than the topic, or the broker, takes. */
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
/** Answers about the target that waiting does not change. */
const DEFINITE_CODES: readonly ErrorCode[] = ['AUTHENTICATION_FAILED', 'PRODUCER_CLOSED', 'UNKNOWN_TOPIC', 'UNSUPPORTED'];

export interface DeadLetterProducerOptions {
  /**
   * Closed by `close`. Of its own: the application's producer has a limit on what waits, retries by itself, and tells of a
   * failure only after its delivery time-out.
   */
  readonly transport: TransportProducer;
  readonly headerFidelity: TransportCapabilities['headerFidelity'];
  readonly clock: Clock;
  /** The consumer group that rejects. */
  readonly groupId: string;
  /** The target of each source topic; see `deadLetterTargets`. */
  readonly targets: ReadonlyMap<string, string>;
}

/**
 * Writes dead letters. One attempt a call and no retry inside; a letter that is too large for its target is written without
 * its value in the same call, and one whose time by this clock lies too far ahead of the broker's with the latest that the
 * leader takes: not with the record's, nor with none, for retention might delete it at once then. At least once: after an
 * unknown outcome the letter may be in the log twice, with the same origin.
 */
export class DeadLetterProducer implements DeadLetterSink {
  readonly #options: DeadLetterProducerOptions;
  readonly #outboxes = new Map<string, LetterOutbox>();

  constructor(options: DeadLetterProducerOptions) {
    this.#options = options;
  }

  /** Throws DEAD_LETTER_INVALID for a topic that has no dead letters. */
  targetOf(sourceTopic: string): string {
    const target = this.#options.targets.get(sourceTopic);
    if (target === undefined) throw new KafkaError('DEAD_LETTER_INVALID', `There is no dead letter topic for "${sourceTopic}".`);
    return target;
  }

  async send(letter: DeadLetter): Promise<DeadLetterResult> {
    const { record } = letter;
    const target = this.#options.targets.get(record.topic);
    // Checked at the start, and here again: a loop would never end.
    if (target === undefined || target === record.topic) {
      const why = target === undefined ? 'there is no dead letter topic for it' : 'its dead letter topic is its own topic';
      return failed(target ?? '', new KafkaError('DEAD_LETTER_INVALID', `${nameOf(record)} has no dead letter: ${why}.`), false);
    }
    let partitions: number;
    try {
      partitions = await this.#options.transport.partitionCount(target);
    } catch (cause) {
      return failed(target, notWritten(record, target, cause), !isDefinite(cause));
    }
    const partition = targetPartition(record, partitions);
    const whole = await this.#write(letter, target, partition, 'letter');
    if (!isTooLarge(whole)) return toResult(letter, { target, partition, pointer: false }, whole);
    return toResult(letter, { target, partition, pointer: true }, await this.#write(letter, target, partition, 'pointer'));
  }

  /** What is under way ends as a failure that may be sent again. Never rejects. */
  close(): Promise<void> {
    return this.#options.transport.close();
  }

  async #write(letter: DeadLetter, topic: string, partition: number, kind: Letter['kind']): Promise<LetterResult> {
    const { clock, groupId, headerFidelity, transport } = this.#options;
    const key = `${topic}/${partition}`;
    let outbox = this.#outboxes.get(key);
    if (outbox === undefined) this.#outboxes.set(key, (outbox = new LetterOutbox({ topic, partition }, transport)));
    const now = clock.now();
    const result = await outbox.send(writeLetter(letter, { groupId, now, headerFidelity, kind }));
    // Asked anew for each letter: whoever kept the difference would date letters back once the clock is set right.
    const latestMs = latestTimestampOf(result);
    if (latestMs === null || latestMs >= now) return result;
    const bounded = await outbox.send(writeLetter(letter, { groupId, now: latestMs, headerFidelity, kind }));
    // Two leaders whose clocks differ a little may each refuse what the other takes.
    return bounded.outcome === 'refused' && latestTimestampOf(bounded) !== null ? { ...bounded, retriable: true } : bounded;
  }
}

/** Null unless the leader has refused the letter's time, and said which it takes. */
function latestTimestampOf(result: LetterResult): number | null {
  if (result.outcome !== 'refused' || result.code !== 'INVALID_TIMESTAMP') return null;
  const { latestTimestampMs } = result.cause.details;
  return typeof latestTimestampMs === 'number' ? latestTimestampMs : null;
}

function isTooLarge(result: LetterResult): boolean {
  return result.outcome === 'refused' && !result.retriable && TOO_LARGE.has(result.code);
}

function isDefinite(error: unknown): boolean {
  return error instanceof KafkaError && DEFINITE_CODES.includes(error.code) && error.kafkaCode !== 'LEADER_NOT_AVAILABLE';
}

function toResult(
  { record }: DeadLetter,
  where: { readonly target: string; readonly partition: number; readonly pointer: boolean },
  result: LetterResult,
): DeadLetterResult {
  if (result.outcome === 'acknowledged') return { outcome: 'acknowledged', ...where, offset: result.offset };
  const error = notWritten(record, `${where.target}/${where.partition}`, result.cause, codeOf(result));
  return failed(where.target, error, result.outcome === 'unknown' || result.retriable);
}

function codeOf(result: FailedResult): string | null {
  return result.outcome === 'refused' ? result.code : result.cause.kafkaCode;
}

function failed(target: string, error: KafkaError, retriable: boolean): DeadLetterResult {
  return { outcome: 'failed', target, error, retriable };
}

function notWritten(record: KafkaRecord, where: string, cause: unknown, kafkaCode: string | null = null): KafkaError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KafkaError('PRODUCE_FAILED', `The dead letter of ${nameOf(record)} was not written to ${where}: ${why}`, { cause, kafkaCode });
}

function nameOf({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}/${partition}/${offset}`;
}
