import { describe, expect, test } from 'vitest';
import { compactRecord, recordBytes } from '../../src/consumer/compact-record.ts';
import { record } from '../support/scripted-transport.ts';

/** A view of so many bytes into a buffer of 100. */
const view = (length: number, start: number = 10): Buffer => {
  const reply = Buffer.allocUnsafeSlow(100);
  for (let index = 0; index < 100; index++) reply[index] = index;
  return reply.subarray(start, start + length);
};

describe('a record that is kept for long', () => {
  test('gets bytes of its own where they are a small part of their buffer, and is otherwise the same', () => {
    const given = record(7, { key: view(10), value: view(49), headers: [['trace', view(5)], ['none', null]] }); // prettier-ignore
    const kept = compactRecord(given);
    expect(kept).toEqual(given);
    expect([kept.key, kept.value, kept.headers[0]?.[1]].map((bytes) => bytes?.buffer.byteLength)).toEqual([10, 49, 5]);
    expect(Buffer.isBuffer(kept.key)).toBe(true);
    expect(given.key?.buffer.byteLength).toBe(100);
  });

  test('of plain bytes keeps their class', () => {
    const kept = compactRecord(record(7, { value: new Uint8Array(view(10).buffer, 10, 10) }));
    expect([kept.value?.constructor, kept.value?.buffer.byteLength, kept.value?.[0]]).toEqual([Uint8Array, 10, 10]);
  });

  test('is the very same where there is little to gain', () => {
    for (const given of [
      record(7),
      record(7, { value: null }),
      record(7, { key: new Uint8Array(0), value: view(50) }),
      record(7, { key: view(100, 0), headers: [['trace', view(60)]] }),
    ])
      expect(compactRecord(given)).toBe(given);
  });

  test('is copied for one small header alone, and what is large stays where it is', () => {
    const large = view(80);
    const kept = compactRecord(record(7, { value: large, headers: [['trace', view(3)]] }));
    expect(kept.value).toBe(large);
    expect(kept.headers[0]?.[1]?.buffer.byteLength).toBe(3);
  });
});

test('a record weighs its key, its value and its headers with their names', () => {
  expect(recordBytes(record(0, { key: null, value: null }))).toBe(0);
  expect(recordBytes(record(0, { key: view(3), value: view(20), headers: [['ab', view(4)], ['c', null]] }))).toBe(30); // prettier-ignore
});
