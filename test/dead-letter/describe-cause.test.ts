import { describe, expect, test } from 'vitest';
import { boundedText } from '../../src/dead-letter/bounded-text.ts';
import { describeCause } from '../../src/dead-letter/describe-cause.ts';
import { KafkaError } from '../../src/errors.ts';

class PaymentRefused extends Error {}

describe('the cause of a dead letter', () => {
  test.each([
    [undefined, null, null],
    [null, null, null],
    [new TypeError('no id'), 'TypeError', 'no id'],
    [new PaymentRefused('card expired'), 'PaymentRefused', 'card expired'],
    [new KafkaError('RECORD_INVALID', 'at id'), 'KafkaError', 'at id'],
    [new Error(''), 'Error', null],
    ['just text', 'string', 'just text'],
    [42, 'number', null],
    [{ message: 'like an error', secret: 's' }, 'Object', 'like an error'],
    [Object.create(null), 'object', null],
    [[{ path: 'id' }], 'Array', null],
  ])('%o is %s: %s', (cause, errorClass, errorMessage) => {
    expect(describeCause(cause)).toEqual({ errorClass, errorMessage });
  });

  test('may throw when it is looked at, and the letter goes out all the same', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(describeCause(hostile)).toEqual({ errorClass: 'object', errorMessage: null });
  });

  test('is bounded: an error that quotes a megabyte takes 1,024 bytes', () => {
    const { errorMessage } = describeCause(new Error('ü'.repeat(1_000_000)));
    expect(Buffer.byteLength(errorMessage!)).toBeLessThanOrEqual(1_024);
    expect(errorMessage).toMatch(/^ü{510}…$/);
  });
});

describe('boundedText', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, '…'],
    ['abcdef', 5, 'ab…'],
    ['äöü', 6, 'äöü'],
    ['äöüx', 6, 'ä…'],
    ['😀😀', 8, '😀😀'],
    ['😀😀', 7, '😀…'],
    ['a\ud800', 10, 'a\ufffd'],
    ['', 3, ''],
  ])('%j in %d bytes is %j', (given, most, expected) => {
    expect(boundedText(given, most)).toBe(expected);
    expect(Buffer.byteLength(boundedText(given, most))).toBeLessThanOrEqual(Math.max(most, 3));
  });
});
