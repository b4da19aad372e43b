import { isDeepStrictEqual } from 'node:util';

interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean;
}

/** Deep equality that understands `expect.objectContaining` and its like, of any runner, at any depth. */
export function matches(actual: unknown, expected: unknown): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual);
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null)
    return isDeepStrictEqual(actual, expected);
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length && expected.every((each, index) => matches(actual[index], each));
  }
  // Jest's objects come from another realm, so the prototype itself says nothing.
  if (!isPlain(expected) || !isPlain(actual)) return isDeepStrictEqual(actual, expected);
  const keys = Object.keys(expected);
  return keys.length === Object.keys(actual).length && keys.every((key) => key in actual && matches(actual[key], expected[key]));
}

function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return typeof value === 'object' && value !== null && typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === 'function';
}

function isPlain(value: object): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]' && !(Symbol.iterator in value);
}
