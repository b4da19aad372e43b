import { describe, expect, it } from 'vitest';
import { encodeRecord, withJsonValue } from '../../src/producer/encode-record.ts';
import { benchOf, follow } from './producer-bench.ts';

describe('a record', () => {
  it('becomes bytes: strings as UTF-8, bytes as they are, null as null', () => {
    const value = Uint8Array.of(1, 2);
    const { record } = encodeRecord(
      't',
      {
        key: 'ä',
        value,
        headers: [
          ['a', 'x'],
          ['a', null],
          ['b', value],
        ],
        timestamp: 5,
      },
      9,
    );
    expect(record).toEqual({
      key: Buffer.from('ä'),
      value,
      headers: [
        ['a', Buffer.from('x')],
        ['a', null],
        ['b', value],
      ],
      timestamp: 5,
    });
    expect(record.value).toBe(value);
    expect(encodeRecord('t', { value: null }, 9).record).toEqual({ key: null, value: null, headers: [], timestamp: 9 });
    expect(encodeRecord('t', { value: '', headers: { one: '1', two: null } }, 9).record.headers).toEqual([
      ['one', Buffer.from('1')],
      ['two', null],
    ]);
    expect(encodeRecord('t', { value: '', timestamp: 0 }, 9).record.timestamp).toBe(0);
  });

  it('is never reckoned smaller than it is', () => {
    expect(encodeRecord('t', { key: 'ab', value: 'cde', headers: { ä: 'xy' } }, 0).bytes).toBe(36 + 2 + 3 + 10 + 2 + 2);
  });

  it.each<[string, unknown, string]>([
    ['no value', {}, 'value is undefined, expected a string, a Uint8Array or null'],
    ['a number', { value: 4_711 }, 'value is a number, expected a string'],
    ['an object', { value: { secret: 'hush' } }, 'value is an object, expected a string'],
    ['an ArrayBuffer', { value: new ArrayBuffer(1) }, 'value is an object of class ArrayBuffer'],
    ['a wrong key', { key: 4_711, value: '' }, 'key is a number, expected a string, a Uint8Array or null'],
    ['half a pair', { value: 'a\ud800' }, 'value is a string with half a surrogate pair, which UTF-8 cannot carry'],
    ['headers as text', { value: '', headers: 'hush' }, 'headers is a string, expected an object, or an array of [name, value] pairs'],
    ['a header without name', { value: '', headers: [[1, '']] }, 'headers holds something other than [name, value]'],
    ['a header of a wrong type', { value: '', headers: { trace: 4_711 } }, 'header "trace" is a number'],
    ['a header undefined', { value: '', headers: { trace: undefined } }, 'header "trace" is undefined'],
    ['a partition below 0', { value: '', partition: -1 }, 'partition is -1, expected an integer from 0 on'],
    ['half a partition', { value: '', partition: 1.5 }, 'partition is 1.5'],
    ['a partition as text', { value: '', partition: '1' }, 'partition is "1"'],
    [
      'a time before the epoch',
      { value: '', timestamp: -1 },
      'timestamp is -1, expected milliseconds since the epoch, an integer from 0 on',
    ],
    ['a time as Date', { value: '', timestamp: new Date(0) }, 'timestamp is an object of class Date'],
    ['no record', null, 'the record is null, expected an object'],
    ['only a value', 'hush', 'the record is a string, expected an object { key, value, headers, partition, timestamp }'],
  ])('with %s is refused, and shows nothing of it', (_what, record, message) => {
    expect(() => encodeRecord('t', record as never, 0)).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', message: expect.stringContaining(`record for topic "t": ${message}`) }),
    );
    expect(() => encodeRecord('t', record as never, 0)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hush|4711/) }),
    );
  });

  it.each(['', 'a b', '..', undefined])('for the topic %j is refused', (topic) => {
    expect(() => encodeRecord(topic as string, { value: '' }, 0)).toThrow(
      /^send\(topic, record\): topic is .*, expected a name of 1 to 249 characters/,
    );
  });

  it('refused rejects its promise: send never throws', async () => {
    const { producer } = benchOf();
    await expect(producer.send('t', { value: 1 } as never)).rejects.toMatchObject({ code: 'RECORD_INVALID' });
    await expect(producer.sendJson('t', { value: undefined })).rejects.toMatchObject({ code: 'RECORD_INVALID' });
  });
});

describe('a JSON record', () => {
  it('has its value as text; null is the text null and no tombstone', async () => {
    const { clock, transport, producer } = benchOf();
    follow(producer.sendJson('t', { value: { a: 1 }, partition: 0 }));
    follow(producer.sendJson('t', { value: null, partition: 0 }));
    follow(producer.send('t', { value: null, partition: 0 }));
    await clock.advance(0);
    expect(transport.logs.get('t/0')).toEqual(['{"a":1}', 'null', '(null)']);
  });

  it('without a JSON form is refused', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => withJsonValue('t', { value: circle })).toThrow('the value has no JSON form (a cycle, or a BigInt)');
    expect(() => withJsonValue('t', { value: () => 1 })).toThrow('value is a function, which has no JSON form');
    expect(() => withJsonValue('t', null as never)).toThrow('the record is null');
  });
});
