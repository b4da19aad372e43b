import { checkInteger, checkMilliseconds, invalid, optional, refuseUnknown } from './handler-checks.ts';
import type { Options } from './handler-checks.ts';
import { checkRetry } from './retry-options.ts';
import type { BatchOptions, DeadLetterOptions, Handler, Ordering, RateLimitOptions } from './handler.ts';
import { quotedNames } from './quoted-names.ts';
import { showValue } from './show-value.ts';
import { isTopicName, TOPIC_NAME_RULE } from './topic-name.ts';

const COMMON_NAMES = [
  'topic',
  'transform',
  'schema',
  'tombstones',
  'ordering',
  'concurrency',
  'rateLimit',
  'retry',
  'deadLetter',
  'deadlineMs',
  'hungAfterMs',
  'onHung',
];
const HANDLER_NAMES = [...COMMON_NAMES, 'handle'];
const BATCH_NAMES = [...COMMON_NAMES, 'handleBatch', 'batch'];
const TOMBSTONES = ['handle', 'consume', 'reject'];
const ORDERINGS: readonly Ordering[] = ['partition', 'key', 'unordered'];
const LONGEST_DEADLINE_MS = 86_400_000;
const DEFAULT_HUNG_AFTER_MS = 10_000;
/** Of `key` and `unordered`. */
const DEFAULT_CONCURRENCY = 16;
const MOST_CONCURRENCY = 10_000;
const HIGHEST_RATE = 1_000_000;
const BATCH_DEFAULTS: Required<BatchOptions> = Object.freeze({ maxRecords: 100, maxBytes: 1_048_576, lingerMs: 0 });

/** What `checkHandlerOptions` makes of a definition. */
export type CheckedHandlerOptions = Required<Omit<Handler, 'process' | 'processBatch' | symbol>>;

/**
 * Checks everything about a definition that can be checked before the first record. `who` names it in messages. A class
 * has fields of its own, so `form: 'any'` lets unknown names pass. Throws HANDLER_INVALID.
 */
export function checkHandlerOptions(who: string, definition: unknown, form: 'known' | 'any' | 'batch'): CheckedHandlerOptions {
  if (typeof definition !== 'object' || definition === null) throw invalid(who, `takes an object, and got ${showValue(definition)}`);
  const options = definition as Options;
  const topics = checkTopics(who, options['topic']);
  const named = `${who} of ${quotedNames(topics)}`;
  if (form === 'known' && options['handleBatch'] !== undefined)
    throw invalid(named, 'handleBatch is given: batches are taken by defineBatchHandler');
  if (form !== 'any') refuseUnknown(named, options, form === 'batch' ? BATCH_NAMES : HANDLER_NAMES, '');
  const handle = form === 'batch' ? 'handleBatch' : 'handle';
  checkFunction(named, handle, options[handle]);
  if (options['transform'] !== undefined) checkFunction(named, 'transform', options['transform']);
  checkSchema(named, options['schema']);
  checkChoice(named, 'tombstones', options['tombstones'], TOMBSTONES);
  checkChoice(named, 'ordering', options['ordering'], ORDERINGS);
  checkChoice(named, 'onHung', options['onHung'], ['halt', 'overlap']);
  const ordering = optional(options['ordering'] as Ordering | undefined, 'partition');
  const deadLetter = checkDeadLetter(named, options['deadLetter'], topics);
  const deadlineMs = options['deadlineMs'] === undefined ? null : checkMilliseconds(named, 'deadlineMs', options, 1, LONGEST_DEADLINE_MS);
  return {
    topics,
    ordering,
    concurrency: checkConcurrency(named, options, ordering),
    rateLimit: checkRateLimit(named, 'rateLimit', options['rateLimit']),
    retry: checkRetry(named, options['retry'], deadLetter !== null),
    deadLetter,
    deadlineMs,
    hungAfterMs: checkHungAfter(named, options, deadlineMs),
    onHung: optional(options['onHung'] as 'halt' | 'overlap' | undefined, 'halt'),
    batch: form === 'batch' ? checkBatch(named, options['batch']) : null,
  };
}

function checkConcurrency(who: string, options: Options, ordering: Ordering): number | null {
  const byDefault = ordering === 'partition' ? null : DEFAULT_CONCURRENCY;
  return options['concurrency'] === undefined ? byDefault : checkInteger(who, 'concurrency', options['concurrency'], 1, MOST_CONCURRENCY);
}

/** Also for the limits of a process. */
export function checkRateLimit(who: string, name: string, given: unknown): Required<RateLimitOptions> | null {
  if (given === undefined) return null;
  if (typeof given !== 'object' || given === null) throw invalid(who, `${name} is ${showValue(given)}, expected { recordsPerSecond }`);
  const options = given as Options;
  refuseUnknown(who, options, ['recordsPerSecond', 'burst'], `${name}.`);
  const { recordsPerSecond } = options;
  if (typeof recordsPerSecond !== 'number' || !(recordsPerSecond > 0 && recordsPerSecond <= HIGHEST_RATE)) {
    throw invalid(who, `${name}.recordsPerSecond is ${showValue(recordsPerSecond)}, expected a number above 0 and at most ${HIGHEST_RATE}`);
  }
  const burst = optional(options['burst'], Math.max(1, Math.ceil(recordsPerSecond / 10)));
  return Object.freeze({ recordsPerSecond, burst: checkInteger(who, `${name}.burst`, burst, 1, HIGHEST_RATE) });
}

function checkHungAfter(who: string, options: Options, deadlineMs: number | null): number {
  for (const name of ['hungAfterMs', 'onHung']) {
    if (options[name] !== undefined && deadlineMs === null)
      throw invalid(who, `${name} is given without deadlineMs; it would have no effect`);
  }
  if (options['hungAfterMs'] === undefined) return DEFAULT_HUNG_AFTER_MS;
  return checkMilliseconds(who, 'hungAfterMs', options, 1, LONGEST_DEADLINE_MS);
}

function checkDeadLetter(who: string, given: unknown, topics: readonly string[]): DeadLetterOptions | null {
  if (given === undefined) return null;
  if (typeof given !== 'object' || given === null) throw invalid(who, `deadLetter is ${showValue(given)}, expected { topic }`);
  refuseUnknown(who, given as Options, ['topic'], 'deadLetter.');
  const { topic } = given as { readonly topic?: unknown };
  for (const source of topics) {
    const target: unknown = typeof topic === 'function' ? (topic as (source: string) => unknown)(source) : topic;
    const named = typeof topic === 'function' ? `deadLetter.topic("${source}")` : 'deadLetter.topic';
    if (!isTopicName(target)) throw invalid(who, `${named} is ${showValue(target)}, expected the name of a topic: ${TOPIC_NAME_RULE}`);
    if (topics.includes(target))
      throw invalid(who, `${named} is "${target}", which this handler consumes: its dead letters would come back`);
  }
  return Object.freeze({ topic: topic as DeadLetterOptions['topic'] });
}

function checkBatch(who: string, given: unknown): Required<BatchOptions> {
  if (given === undefined) return BATCH_DEFAULTS;
  if (typeof given !== 'object' || given === null) throw invalid(who, `batch is ${showValue(given)}, expected an object`);
  const options = { ...BATCH_DEFAULTS, ...given };
  refuseUnknown(who, options as unknown as Options, Object.keys(BATCH_DEFAULTS), 'batch.');
  return Object.freeze({
    maxRecords: checkInteger(who, 'batch.maxRecords', options.maxRecords, 1, 10_000),
    maxBytes: checkInteger(who, 'batch.maxBytes', options.maxBytes, 1, 2 ** 30),
    lingerMs: checkInteger(who, 'batch.lingerMs', options.lingerMs, 0, 60_000, 'milliseconds, '),
  });
}

function checkTopics(who: string, topic: unknown): readonly string[] {
  const topics: readonly unknown[] = Array.isArray(topic) ? topic : [topic];
  if (topics.length === 0) throw invalid(who, 'topic is an empty array, expected the name of at least one topic');
  for (const name of topics) {
    if (!isTopicName(name))
      throw invalid(who, `topic is ${showValue(name)}, expected the name of a topic, or an array of them: ${TOPIC_NAME_RULE}`);
  }
  const names = topics as readonly string[];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(who, `topic names "${twice}" twice`);
  return Object.freeze([...names]);
}

function checkFunction(who: string, name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(who, `${name} is ${showValue(value)}, expected a function`);
}

function checkSchema(who: string, schema: unknown): void {
  if (schema === undefined) return;
  const standard = (schema as { readonly '~standard'?: { readonly validate?: unknown } } | null)?.['~standard'];
  if (typeof standard?.validate !== 'function') {
    throw invalid(
      who,
      `schema is ${showValue(schema)}, expected a Standard Schema (zod 3.24 and later, valibot, arktype ...; see standardschema.dev)`,
    );
  }
}

function checkChoice(who: string, name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const listed = choices.map((choice) => `"${choice}"`);
  throw invalid(who, `${name} is ${showValue(value)}, expected ${listed.slice(0, -1).join(', ')} or ${listed.at(-1) ?? ''}`);
}
