import { expect, test } from 'vitest';
import { describeFailure } from '../../src/consumer/failure.ts';

test.each<[string, unknown, string]>([
  ['a class that sets no name', new (class Declined extends Error {})('no'), 'Declined'],
  ['a name that was set', Object.assign(new Error('no'), { name: 'StoreDown' }), 'StoreDown'],
  ['an error of the language', new RangeError('no'), 'RangeError'],
  ['a class without a name', new (class extends Error {})('no'), 'Error'],
])('the name of a failure is that of %s', (_what, error, name) => expect(describeFailure(error)).toBe(name));
