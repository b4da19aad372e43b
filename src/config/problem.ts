import { KafkaError } from '../errors.ts';
import { showValue } from '../show-value.ts';
import { hideCredentials } from './broker-address.ts';
import { settingAt } from './setting-list.ts';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The environment variable, or the path in the configuration object. */
  readonly name: string;
  /** What was given, safe to show. */
  readonly given: string;
  /** What is allowed, as a phrase that follows "expected". */
  readonly expected: string;
}

/** Where a configuration came from: how its settings are called there, and what was given. */
export interface ConfigSource {
  readonly name: (path: string) => string;
  readonly given: (path: string) => unknown;
}

/** What was given for a setting, without anything secret. */
export function showGiven(path: string, given: unknown): string {
  if (given === undefined) return 'not set';
  if (settingAt(path)?.hidden === true) return given === '' ? 'empty' : '[secret]';
  const strange = Array.isArray(given) ? given.findIndex((entry) => typeof entry !== 'string') : -1;
  if (strange >= 0) return `${showValue(given)} whose entry ${strange} is ${showValue((given as readonly unknown[])[strange])}`;
  const text = Array.isArray(given) && given.length > 0 && given.every((entry) => typeof entry === 'string') ? given.join(',') : given;
  return showValue(path === 'brokers' && typeof text === 'string' ? hideCredentials(text.split(',')).join(',') : text);
}

/** One error for all problems. */
export function configInvalid(problems: readonly ConfigProblem[]): KafkaError {
  const lines = problems.map(({ name, given, expected }) => `${name} is ${given}, expected ${expected}`);
  const message =
    lines.length === 1
      ? `Kafka configuration: ${lines[0]}`
      : `Kafka configuration: ${lines.length} problems${lines.map((line) => `\n  - ${line}`).join('')}`;
  return new KafkaError('CONFIG_INVALID', message, { details: { problems } });
}
