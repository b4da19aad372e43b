import { KafkaError } from './errors.ts';
import { showValue } from './show-value.ts';

/** Options as somebody gave them, of whatever type. */
export type Options = Readonly<Record<string, unknown>>;

export function invalid(who: string, problem: string): KafkaError {
  return new KafkaError('HANDLER_INVALID', `${who}: ${problem}`);
}

export function optional<Value>(given: Value | undefined, byDefault: Value): Value {
  return given === undefined ? byDefault : given;
}

/** `unit` goes before the bounds in the message. Throws HANDLER_INVALID. */
export function checkInteger(who: string, name: string, value: unknown, least: number, most: number, unit = ''): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalid(who, `${name} is ${showValue(value)}, expected ${unit}an integer from ${least} to ${most}`);
  }
  return value as number;
}

/** The same of the option with this name, after its prefix. */
export function checkMilliseconds(who: string, name: string, options: Options, least: number, most: number, prefix = ''): number {
  return checkInteger(who, prefix + name, options[name], least, most, 'milliseconds, ');
}

export function refuseUnknown(who: string, options: Options, names: readonly string[], prefix: string): void {
  const name = Object.keys(options).find((given) => !names.includes(given));
  if (name !== undefined) throw invalid(who, `${prefix}${name} is unknown; there are ${names.map((known) => prefix + known).join(', ')}`);
}
