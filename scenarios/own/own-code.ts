import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KafkaError } from '../../src/errors.ts';

/** Errors of a mistake in the code itself, whatever it was meant to find. */
const MISTAKES: readonly string[] = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'];

/** The scenario itself is wrong, not the handlers: `part` says which piece of it, the message where in the user's code. */
export function scenarioThrew(scenario: string, part: string, cause: unknown): KafkaError {
  if (cause instanceof KafkaError && cause.code === 'SCENARIO_THREW') return cause;
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const place = placeOf(cause);
  return new KafkaError(
    'SCENARIO_THREW',
    `The scenario "${scenario}" is at fault, not the handlers: ${part} threw ${what}${place === null ? '' : ` (${place})`}`,
    { cause, details: { part, place } },
  );
}

/** A mistake in the code of a check, and no verdict of it. */
export function isMistake(error: unknown): boolean {
  return error instanceof Error && MISTAKES.includes(error.name);
}

/** The first line of the user's own code on the way to the error: `orders.test.ts:12:5`. */
function placeOf(error: unknown): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const found = /(file:\/\/[^\s)]+|\/[^\s)]+|[A-Za-z]:\\[^\s)]+):(\d+):(\d+)\)?$/.exec(line.trim());
    if (found?.[1] === undefined || /node_modules|node:/.test(found[1])) continue;
    const path = found[1].startsWith('file:') ? fileURLToPath(found[1].replace(/\?.*$/, '')) : found[1];
    const shown = relative(process.cwd(), path);
    return `${shown.startsWith('..') ? path : shown}:${found[2]}:${found[3]}`;
  }
  return null;
}
