import { KafkaError } from '../../src/errors.ts';
import { showValue } from '../../src/show-value.ts';
import type { RehearseOptions } from './rehearse-options.ts';

const KNOWN: Readonly<Record<keyof RehearseOptions, true>> = {
  brokerConfig: true,
  brokers: true,
  config: true,
  groupId: true,
  handlers: true,
  kafka: true,
  logger: true,
  observationLimit: true,
  observers: true,
  seed: true,
  start: true,
  startAt: true,
  topics: true,
  traceLimit: true,
  venue: true,
  watchdogMs: true,
};

/** For callers whom no compiler told: throws CONFIG_INVALID with everything that is wrong. */
export function checkOptions(given: unknown): void {
  if (typeof given !== 'object' || given === null)
    throw invalid([`options are ${showValue(given)}, expected an object like { handlers: [...] }`]);
  const { handlers, topics, brokers, seed, kafka, venue } = given as Readonly<Record<string, unknown>>;
  const problems = Object.keys(given).flatMap((name) =>
    Object.hasOwn(KNOWN, name) ? [] : [`there is no option ${JSON.stringify(name)}; there are ${Object.keys(KNOWN).join(', ')}`],
  );
  const isHandlers = typeof handlers === 'function' || (Array.isArray(handlers) && handlers.length > 0);
  if (!isHandlers)
    problems.push(`handlers is ${showValue(handlers)}, expected an array with at least one handler, or a function that makes one`);
  if (topics !== undefined && !isTopics(topics)) problems.push(`topics is ${showValue(topics)}, expected an array of { name, partitions }`);
  if (brokers !== undefined && !isWholeNumber(brokers, 1, 100)) {
    problems.push(
      `brokers is ${showValue(brokers)}, expected how many the in-memory cluster has, from 1 to 100; a real Kafka is given as kafka: { brokers: ['host:9092'] }`,
    );
  }
  if (seed !== undefined && !isWholeNumber(seed, 0, Number.MAX_SAFE_INTEGER))
    problems.push(`seed is ${showValue(seed)}, expected a whole number from 0 to 2^53 − 1`);
  if (kafka !== undefined && venue !== undefined) problems.push('kafka and venue are both given, expected one of them');
  if (problems.length > 0) throw invalid(problems);
}

function isTopics(topics: unknown): boolean {
  return (
    Array.isArray(topics) &&
    topics.every((topic: unknown) => typeof topic === 'object' && topic !== null && 'name' in topic && 'partitions' in topic)
  );
}

function isWholeNumber(value: unknown, lowest: number, highest: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= lowest && value <= highest;
}

function invalid(problems: readonly string[]): KafkaError {
  return new KafkaError('CONFIG_INVALID', `rehearse(options): ${problems.join('; ')}`);
}
