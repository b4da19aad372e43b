import { KafkaError } from '../errors.ts';
import { showValue } from '../show-value.ts';
import { unknownNames } from '../unknown-names.ts';
import type { HealthHandlerOptions, ProbedManager } from './answer.ts';

const NAMES = ['basePath', 'operations', 'maxFetchSilenceMs', 'clock', 'stalls'];
const BASE_PATH = /^(\/[\w.~-]+)*$/;

export function checkHealthOptions(manager: ProbedManager, options: HealthHandlerOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('options', showValue(options), 'an object');
  const unknown = unknownNames(options, NAMES, '');
  if (unknown.length > 0) throw new KafkaError('CONFIG_INVALID', `health handler: ${unknown.join('; ')}.`);
  const { basePath, operations, maxFetchSilenceMs } = options;
  if (typeof manager?.health !== 'function') throw invalid('manager', typeof manager, 'a KafkaManager');
  if (basePath !== undefined && (typeof basePath !== 'string' || !BASE_PATH.test(basePath)))
    throw invalid('basePath', JSON.stringify(basePath), 'a path such as "/kafka", without a slash at its end');
  if (maxFetchSilenceMs !== undefined && !(maxFetchSilenceMs > 0))
    throw invalid('maxFetchSilenceMs', String(maxFetchSilenceMs), 'milliseconds above 0');
  if (operations !== undefined && (typeof manager.retryHalted !== 'function' || typeof manager.deadLetterHalted !== 'function'))
    throw invalid('manager', 'without retryHalted or deadLetterHalted', 'both, for operations');
  if (operations !== undefined && typeof operations.authorize !== 'function')
    throw invalid('operations.authorize', typeof operations.authorize, 'a function that says whether a request may do this');
}

function invalid(option: string, given: string, expected: string): KafkaError {
  return new KafkaError('CONFIG_INVALID', `health handler: ${option} is ${given}, expected ${expected}.`);
}
