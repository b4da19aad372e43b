import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { carryHeaders, restoreHeaders } from '../../src/dead-letter/carried-headers.ts';
import type { RecordHeader } from '../../src/record.ts';
import { bytes } from './rejected.ts';

/** What is left of headers that went through a JavaScript object without null values, as in kafkajs's own producer. */
function throughAnObject(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  const object: Record<string, Uint8Array[]> = {};
  for (const [name, value] of headers) if (value !== null) (object[name] ??= []).push(value);
  return Object.entries(object).flatMap(([name, values]) => values.map((value): RecordHeader => [name, value]));
}

const plain = (headers: readonly RecordHeader[]): unknown => headers.map(([name, value]) => [name, value === null ? null : [...value]]);

const anyHeaders = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom('a', 'b', '1', '0', '01', '__proto__', 'constructor', 'toString', '', '\ufffd', 'é'),
      fc.string({ unit: 'binary' }),
    ),
    fc.option(fc.uint8Array({ maxLength: 4 })),
  ),
  { maxLength: 6 },
);

describe('headers', () => {
  test('are left alone where the transport keeps them', () => {
    const headers: RecordHeader[] = [
      ['b', null],
      ['__proto__', bytes('x')],
      ['a', bytes('')],
    ];
    expect(carryHeaders(headers, 'exact')).toEqual({ carried: headers, encoded: null });
  });

  test('of one name need no encoding on a transport that loses the order between names', () => {
    const headers: RecordHeader[] = [
      ['a', bytes('1')],
      ['a', bytes('2')],
    ];
    expect(carryHeaders(headers, 'lossy')).toEqual({ carried: headers, encoded: null });
  });

  test('that a lossy transport carries go as they are, the others and the order into the encoded one', () => {
    const headers: RecordHeader[] = [
      ['b', bytes('1')],
      ['n', null],
      ['7', bytes('seven')],
      ['a', bytes('2')],
      ['constructor', bytes('c')],
    ];
    const { carried, encoded } = carryHeaders(headers, 'lossy');
    expect(carried.map(([name]) => name)).toEqual(['b', 'a']);
    expect(JSON.parse(encoded!)).toEqual([['b'], ['n', null], ['7', 'c2V2ZW4='], ['a'], ['constructor', 'Yw==']]);
  });

  test('come back as they were, whatever their names and values, after a lossy transport', () => {
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const { carried, encoded } = carryHeaders(headers, 'lossy');
        expect(plain(restoreHeaders(throughAnObject(carried), encoded))).toEqual(plain(headers));
      }),
      { numRuns: 500 },
    );
  });

  test('that somebody added on the way come last', () => {
    const { carried, encoded } = carryHeaders(
      [
        ['b', null],
        ['a', bytes('1')],
      ],
      'lossy',
    );
    expect(restoreHeaders([['traceparent', bytes('t')], ...carried], encoded)).toEqual([
      ['b', null],
      ['a', bytes('1')],
      ['traceparent', bytes('t')],
    ]);
  });

  test.each(['', '{', '{}', '[1]', '[["a",1]]', '[["a","b","c"]]', '[[]]'])(
    'are those that were carried when the encoded one is %j',
    (encoded) => {
      expect(restoreHeaders([['a', bytes('1')]], encoded)).toEqual([['a', bytes('1')]]);
    },
  );
});
