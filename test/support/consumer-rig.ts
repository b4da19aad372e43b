import type { Action } from '../../src/action.ts';
import { ACTION } from '../../src/action.ts';
import { Consumer } from '../../src/consumer/consumer.ts';
import type { DeadLetterSink } from '../../src/dead-letter/dead-letter-sink.ts';
import type { ConsumerOptions } from '../../src/consumer/consumer-options.ts';
import { HANDLER } from '../../src/handler.ts';
import type { Handler, HandlerContext } from '../../src/handler.ts';
import type { Logger } from '../../src/logger.ts';
import type { Observation } from '../../src/observation.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { ManualClock } from './manual-clock.ts';
import { ScriptedTransport } from './scripted-transport.ts';
import type { ScriptedTopic } from './scripted-transport.ts';

export const consumed: Action = { [ACTION]: true, type: 'consume' };
export const skipped = (retryAfterMs?: number, reason?: string): Action => ({ [ACTION]: true, type: 'skip', reason, retryAfterMs });
export const rejected = (reason: string, cause?: unknown): Action => ({ [ACTION]: true, type: 'reject', reason, cause });

export type Process = (record: KafkaRecord, context: HandlerContext) => Action | Promise<Action>;

export function handlerOf(process: Process, given: Partial<Handler> = {}): Handler {
  return {
    [HANDLER]: true,
    topics: ['orders'],
    retry: { initialDelayMs: 100, maxDelayMs: 10_000, factor: 2 },
    deadlineMs: null,
    process,
    ...given,
  };
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly data: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function recordingLogger(lines: LogLine[]): Logger {
  const at = (level: LogLine['level']) => (data: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push({ level, data, message });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return logger;
}

export interface Rig {
  readonly clock: ManualClock;
  readonly transport: ScriptedTransport;
  readonly consumer: Consumer;
  readonly observations: Observation[];
  readonly logs: LogLine[];
  /** Offsets in the order of delivery. */
  readonly delivered: number[];
  kinds(kind: Observation['kind']): Observation[];
}

export interface RigOptions {
  readonly options?: Partial<ConsumerOptions>;
  readonly topics?: Record<string, ScriptedTopic>;
  readonly handler?: Partial<Handler>;
  readonly handlers?: ReadonlyMap<string, Handler>;
  /** What the random source says, always, or each time. Default 0.999999: the longest back-off. */
  readonly random?: number | (() => number);
  readonly deadLetters?: DeadLetterSink;
  /** Whether anybody observes. Default true. */
  readonly observed?: boolean;
}

/** A consumer on a scripted transport and a manual clock. */
export function rig(
  process: Process,
  { options = {}, topics, handler = {}, handlers, random = 0.999_999, observed = true, deadLetters }: RigOptions = {},
): Rig {
  const clock = new ManualClock();
  const transport = new ScriptedTransport(topics);
  const observations: Observation[] = [];
  const logs: LogLine[] = [];
  const delivered: number[] = [];
  const wrapped = handlerOf((item, context) => {
    delivered.push(item.offset);
    return process(item, context);
  }, handler);
  const consumer = new Consumer({
    transport,
    handlers: handlers ?? new Map(wrapped.topics.map((topic) => [topic, wrapped])),
    options: { groupId: 'billing', autoOffsetReset: 'earliest', commitIntervalMs: 200, lagIntervalMs: 0, ...options },
    clock,
    random: { next: typeof random === 'function' ? random : () => random },
    logger: recordingLogger(logs),
    producer: {} as RecordProducer,
    ...(deadLetters === undefined ? {} : { deadLetters }),
    observers: observed ? [(observation) => void observations.push(observation)] : [],
    member: 'm1',
  });
  return {
    clock,
    transport,
    consumer,
    observations,
    logs,
    delivered,
    kinds: (kind) => observations.filter((observation) => observation.kind === kind),
  };
}

/** A handler's answer that a test gives when it likes. */
export function pendingAnswers(): {
  readonly process: Process;
  readonly calls: {
    readonly offset: number;
    readonly context: HandlerContext;
    resolve(action: Action): void;
    reject(error: unknown): void;
  }[];
} {
  const calls: { offset: number; context: HandlerContext; resolve(action: Action): void; reject(error: unknown): void }[] = [];
  return {
    calls,
    process: (item, context) =>
      new Promise<Action>((resolve, reject) => {
        calls.push({ offset: item.offset, context, resolve, reject });
      }),
  };
}
