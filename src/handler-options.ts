import { KafkaError } from './errors.ts';
import type { RetryOptions } from './handler.ts';
import { showValue } from './show-value.ts';
import { isTopicName, TOPIC_NAME_RULE } from './topic-name.ts';

/** The back-off where a handler names none. */
export const RETRY_DEFAULTS: Required<RetryOptions> = Object.freeze({ initialDelayMs: 200, maxDelayMs: 30_000, factor: 2 });

const HANDLER_NAMES = ['topic', 'transform', 'schema', 'tombstones', 'handle', 'ordering', 'retry', 'deadlineMs'];
const RETRY_NAMES = ['initialDelayMs', 'maxDelayMs', 'factor'];
/** Announced, so people will try them; ignoring one silently could cost records. */
const LATER_HANDLER_NAMES = ['deadLetter', 'concurrency', 'onExhausted', 'batch', 'maxAttempts', 'maxSkips', 'maxSkipMs'];
const LATER_RETRY_NAMES = ['maxAttempts', 'maxSkips', 'maxSkipMs', 'onExhausted'];
const LATER_ORDERINGS = ['key', 'unordered'];
const TOMBSTONES = ['handle', 'consume', 'reject'];
const LONGEST_DELAY_MS = 3_600_000;
const LONGEST_DEADLINE_MS = 86_400_000;
const LARGEST_FACTOR = 10;

type Options = Readonly<Record<string, unknown>>;

/** What `checkHandlerOptions` makes of a definition. */
export interface CheckedHandlerOptions {
  readonly topics: readonly string[];
  readonly retry: Required<RetryOptions>;
  readonly deadlineMs: number | null;
}

/**
 * Checks everything about a definition that can be checked before the first record. `who` names it in messages. A class
 * has fields of its own, so `fields: 'any'` lets unknown names pass, but never those that are announced for later.
 * Throws HANDLER_INVALID.
 */
export function checkHandlerOptions(who: string, definition: unknown, fields: 'known' | 'any'): CheckedHandlerOptions {
  if (typeof definition !== 'object' || definition === null) throw invalid(who, `takes an object, and got ${showValue(definition)}`);
  const options = definition as Options;
  const topics = checkTopics(who, options['topic']);
  const named = `${who} of ${topics.map((topic) => `"${topic}"`).join(', ')}`;
  refuseLater(named, options, LATER_HANDLER_NAMES, '');
  if (fields === 'known') refuseUnknown(named, options, HANDLER_NAMES, '');
  checkFunction(named, 'handle', options['handle']);
  if (options['transform'] !== undefined) checkFunction(named, 'transform', options['transform']);
  checkSchema(named, options['schema']);
  checkChoices(named, options);
  return { topics, retry: checkRetry(named, options['retry']), deadlineMs: checkDeadline(named, options['deadlineMs']) };
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

function checkChoices(who: string, options: Options): void {
  const { tombstones, ordering } = options;
  if (tombstones !== undefined && !TOMBSTONES.includes(tombstones as string)) {
    throw invalid(who, `tombstones is ${showValue(tombstones)}, expected "handle", "consume" or "reject"`);
  }
  if (LATER_ORDERINGS.includes(ordering as string))
    throw invalid(who, `ordering ${showValue(ordering)} is not available yet; "partition" is the only one so far`);
  if (ordering !== undefined && ordering !== 'partition') throw invalid(who, `ordering is ${showValue(ordering)}, expected "partition"`);
}

function checkRetry(who: string, retry: unknown): Required<RetryOptions> {
  if (retry === undefined) return RETRY_DEFAULTS;
  if (typeof retry !== 'object' || retry === null) throw invalid(who, `retry is ${showValue(retry)}, expected an object`);
  const options = retry as Options;
  refuseLater(who, options, LATER_RETRY_NAMES, 'retry.');
  refuseUnknown(who, options, RETRY_NAMES, 'retry.');
  const initialDelayMs = number(options['initialDelayMs'], RETRY_DEFAULTS.initialDelayMs);
  checkInteger(who, 'retry.initialDelayMs', initialDelayMs, 1, LONGEST_DELAY_MS);
  // An initial delay above the default maximum raises it, instead of being refused for a setting that nobody gave.
  const maxDelayMs = number(options['maxDelayMs'], Math.max(RETRY_DEFAULTS.maxDelayMs, initialDelayMs));
  checkInteger(who, 'retry.maxDelayMs', maxDelayMs, 1, LONGEST_DELAY_MS);
  if (maxDelayMs < initialDelayMs) {
    throw invalid(who, `retry.maxDelayMs is ${maxDelayMs}, expected at least retry.initialDelayMs, which is ${initialDelayMs}`);
  }
  const factor = number(options['factor'], RETRY_DEFAULTS.factor);
  if (!(factor >= 1 && factor <= LARGEST_FACTOR))
    throw invalid(who, `retry.factor is ${showValue(factor)}, expected a number from 1 to ${LARGEST_FACTOR}`);
  return Object.freeze({ initialDelayMs, maxDelayMs, factor });
}

/** The cast is true after the check that follows each call; until then a stray value is carried to its message. */
function number(value: unknown, byDefault: number): number {
  return value === undefined ? byDefault : (value as number);
}

function checkDeadline(who: string, deadlineMs: unknown): number | null {
  if (deadlineMs === undefined) return null;
  checkInteger(who, 'deadlineMs', deadlineMs, 1, LONGEST_DEADLINE_MS);
  return deadlineMs as number;
}

function checkInteger(who: string, name: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalid(who, `${name} is ${showValue(value)}, expected milliseconds, an integer from ${least} to ${most}`);
  }
}

function refuseLater(who: string, options: Options, names: readonly string[], prefix: string): void {
  const name = names.find((later) => options[later] !== undefined);
  if (name !== undefined) throw invalid(who, `${prefix}${name} is not available yet; remove it: it would have no effect`);
}

function refuseUnknown(who: string, options: Options, names: readonly string[], prefix: string): void {
  const name = Object.keys(options).find((given) => !names.includes(given));
  if (name !== undefined) throw invalid(who, `${prefix}${name} is unknown; there are ${names.map((known) => prefix + known).join(', ')}`);
}

function invalid(who: string, problem: string): KafkaError {
  return new KafkaError('HANDLER_INVALID', `${who}: ${problem}`);
}
