import { isDeepStrictEqual } from 'node:util';
import type { ProduceRecord } from '../../src/transport.ts';

/** Throws with what was expected and what was there. Objects are compared deeply. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

export function expectTrue(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => (each === undefined ? 'undefined' : each instanceof Set ? [...each] : each)) ??
    String(value)
  );
}

/** A record's content in a form that compares and prints well; null and empty stay different. */
export function plain(record: ProduceRecord): unknown {
  const { key, value, timestamp, headers } = record;
  return { key: text(key), value: text(value), timestamp, headers: headers.map(([name, each]) => [name, text(each)]) };
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : String.fromCharCode(...bytes);
}

/** UTF-8. */
export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Some values, told apart: `a0`, `a1` ... */
export function values(count: number, prefix = 'r'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
