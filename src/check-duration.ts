import { KafkaError } from './errors.ts';
import { showValue } from './show-value.ts';

/** The longest time that one timer of the platform takes, 24.8 days. */
const LONGEST_MS = 2_147_483_647;

/** CONFIG_INVALID for what is no time (a NaN would end at once, or never); null where it is one. */
export function durationProblem(name: string, value: unknown, leastMs: 0 | 1): KafkaError | null {
  if (typeof value === 'number' && value >= leastMs && value <= LONGEST_MS) return null;
  return new KafkaError('CONFIG_INVALID', `${name} is ${showValue(value)}, expected milliseconds, from ${leastMs} to ${LONGEST_MS}.`);
}
