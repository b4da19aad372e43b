import { KafkaError } from './errors.ts';
import { limitProblems } from './manager-limits.ts';
import { showValue } from './show-value.ts';
import { unknownNames } from './unknown-names.ts';

const NAMES = ['transport', 'logger', 'observers', 'clock', 'random', 'member', 'limits', 'durableLedger'];
const LOG_METHODS = ['debug', 'info', 'warn', 'error', 'child'];

/** What a manager is made of, for those whom no compiler told. Throws CONFIG_INVALID with all that is wrong. */
export function checkManager(config: unknown, dependencies: unknown): void {
  const problems = [...configProblems(config), ...dependencyProblems(dependencies)];
  if (problems.length > 0) throw new KafkaError('CONFIG_INVALID', `new KafkaManager(config, dependencies): ${problems.join('; ')}.`);
}

function configProblems(config: unknown): readonly string[] {
  const isMade = isObject(config) && Array.isArray(config['brokers']) && isObject(config['limits']) && isObject(config['producer']);
  return isMade ? [] : [`config is ${showValue(config)}, expected what kafkaConfig(...) or loadKafkaConfig(...) returns`];
}

function dependencyProblems(given: unknown): readonly string[] {
  if (!isObject(given)) return [`dependencies is ${showValue(given)}, expected an object`];
  const { logger, observers, limits, durableLedger } = given;
  return [
    ...unknownNames(given, NAMES, ''),
    ...(logger === undefined || isLogger(logger)
      ? []
      : [`logger is ${showValue(logger)}, expected one with ${LOG_METHODS.join(', ')}, such as a pino logger`]),
    ...(observers === undefined || (Array.isArray(observers) && observers.every((each) => typeof each === 'function'))
      ? []
      : [`observers is ${showValue(observers)}, expected an array of functions`]),
    ...(limits === undefined ? [] : limitProblems(limits)),
    ...(durableLedger === undefined || typeof durableLedger === 'boolean'
      ? []
      : [`durableLedger is ${showValue(durableLedger)}, expected true or false`]),
  ];
}

function isLogger(value: unknown): boolean {
  return isObject(value) && LOG_METHODS.every((method) => typeof value[method] === 'function');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
