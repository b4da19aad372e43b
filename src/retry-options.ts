import { checkInteger, checkMilliseconds, invalid, optional, refuseUnknown } from './handler-checks.ts';
import type { Options } from './handler-checks.ts';
import type { BackOff, RetryLimits } from './handler.ts';
import { showValue } from './show-value.ts';

/** The back-off where a handler names none. */
export const RETRY_DEFAULTS: BackOff = Object.freeze({ initialDelayMs: 200, maxDelayMs: 30_000, factor: 2 });

const RETRY_NAMES = [
  'initialDelayMs',
  'maxDelayMs',
  'factor',
  'jitter',
  'maxAttempts',
  'maxElapsedMs',
  'retryIf',
  'maxSkips',
  'maxSkipMs',
  'onExhausted',
];
const LONGEST_DELAY_MS = 3_600_000;
const LONGEST_ELAPSED_MS = 604_800_000;
const MOST_ATTEMPTS = 1_000_000;
const LARGEST_FACTOR = 10;
const ON_EXHAUSTED = ['reject', 'halt', 'continue'];
/** Each of them can exhaust a record. */
const LIMIT_NAMES = ['maxAttempts', 'maxElapsedMs', 'retryIf', 'maxSkips', 'maxSkipMs'];

/** Checks `retry` of a definition. Throws HANDLER_INVALID. */
export function checkRetry(who: string, retry: unknown, hasDeadLetter: boolean): BackOff & RetryLimits {
  if (retry === undefined) return Object.freeze({ ...RETRY_DEFAULTS, onExhausted: hasDeadLetter ? 'reject' : 'continue' });
  if (typeof retry !== 'object' || retry === null) throw invalid(who, `retry is ${showValue(retry)}, expected an object`);
  const options = retry as Options;
  refuseUnknown(who, options, RETRY_NAMES, 'retry.');
  return Object.freeze({ ...checkBackOff(who, options), ...checkLimits(who, options, hasDeadLetter) });
}

function checkBackOff(who: string, options: Options): BackOff {
  const initialDelayMs = optional(options['initialDelayMs'], RETRY_DEFAULTS.initialDelayMs) as number;
  checkInteger(who, 'retry.initialDelayMs', initialDelayMs, 1, LONGEST_DELAY_MS, 'milliseconds, ');
  // An initial delay above the default maximum raises it, instead of being refused for a setting that nobody gave.
  const maxDelayMs = optional(options['maxDelayMs'], Math.max(RETRY_DEFAULTS.maxDelayMs, initialDelayMs)) as number;
  checkInteger(who, 'retry.maxDelayMs', maxDelayMs, 1, LONGEST_DELAY_MS, 'milliseconds, ');
  if (maxDelayMs < initialDelayMs) {
    throw invalid(who, `retry.maxDelayMs is ${maxDelayMs}, expected at least retry.initialDelayMs, which is ${initialDelayMs}`);
  }
  const factor: unknown = optional(options['factor'], RETRY_DEFAULTS.factor);
  if (typeof factor !== 'number' || !(factor >= 1 && factor <= LARGEST_FACTOR))
    throw invalid(who, `retry.factor is ${showValue(factor)}, expected a number from 1 to ${LARGEST_FACTOR}`);
  return { initialDelayMs, maxDelayMs, factor };
}

function checkLimits(who: string, options: Options, hasDeadLetter: boolean): RetryLimits {
  const { jitter, retryIf, onExhausted } = options;
  if (jitter !== undefined && jitter !== 'full' && jitter !== 'none')
    throw invalid(who, `retry.jitter is ${showValue(jitter)}, expected "full" or "none"`);
  if (retryIf !== undefined && typeof retryIf !== 'function')
    throw invalid(who, `retry.retryIf is ${showValue(retryIf)}, expected a function of the error that answers true or false`);
  if (onExhausted !== undefined && !ON_EXHAUSTED.includes(onExhausted as string))
    throw invalid(who, `retry.onExhausted is ${showValue(onExhausted)}, expected "reject", "halt" or "continue"`);
  if (onExhausted !== undefined && LIMIT_NAMES.every((name) => options[name] === undefined))
    throw invalid(
      who,
      `retry.onExhausted is ${showValue(onExhausted)} without a limit, expected one of ${LIMIT_NAMES.map((name) => `retry.${name}`).join(', ')} beside it: nothing is ever exhausted otherwise`,
    );
  const limits: { -readonly [Name in keyof RetryLimits]: RetryLimits[Name] } = {
    onExhausted: (onExhausted as RetryLimits['onExhausted']) ?? (hasDeadLetter ? 'reject' : 'continue'),
  };
  if (jitter !== undefined) limits.jitter = jitter;
  if (retryIf !== undefined) limits.retryIf = retryIf as (error: unknown) => boolean;
  if (options['maxAttempts'] !== undefined)
    limits.maxAttempts = checkInteger(who, 'retry.maxAttempts', options['maxAttempts'], 1, MOST_ATTEMPTS);
  if (options['maxSkips'] !== undefined) limits.maxSkips = checkInteger(who, 'retry.maxSkips', options['maxSkips'], 0, MOST_ATTEMPTS);
  for (const name of ['maxElapsedMs', 'maxSkipMs'] as const) {
    if (options[name] !== undefined) limits[name] = checkMilliseconds(who, name, options, 1, LONGEST_ELAPSED_MS, 'retry.');
  }
  return limits;
}
