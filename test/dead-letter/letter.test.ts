import { describe, expect, test } from 'vitest';
import { readEarlierLife, readLetter } from '../../src/dead-letter/read-letter.ts';
import { writeLetter } from '../../src/dead-letter/write-letter.ts';
import type { RecordHeader } from '../../src/record.ts';
import { bytes, record, rejected, stored, text } from './rejected.ts';

const NOW = 1_700_000_000_000;
const OPTIONS = { groupId: 'billing', now: NOW, headerFidelity: 'exact', kind: 'letter' } as const;
const OWN: readonly RecordHeader[] = [
  ['z', bytes('1')],
  ['a', null],
  ['z', bytes('2')],
  ['1', bytes('')],
];

describe('a dead letter', () => {
  test('holds the record as it came, where it was, who rejected it and why', () => {
    const written = writeLetter(rejected({ record: record({ headers: OWN }), cause: new TypeError('no id') }), OPTIONS);
    expect([written.key, written.value]).toEqual([bytes('k'), bytes('{"id":1}')]);
    expect(written.headers.slice(0, OWN.length)).toEqual(OWN);
    expect(readLetter(stored(written))).toEqual({
      kind: 'letter',
      id: 'orders/2/41',
      origin: { topic: 'orders', partition: 2, offset: 41, timestamp: 1_600_000_000_000 },
      firstTimestamp: 1_600_000_000_000,
      group: 'billing',
      reason: 'too-old',
      errorClass: 'TypeError',
      errorMessage: 'no id',
      attempts: 3,
      failures: 2,
      headers: OWN,
    });
  });

  test('has a timestamp of its own: with that of the record retention could delete it at once', () => {
    expect(writeLetter(rejected(), OPTIONS).timestamp).toBe(NOW);
  });

  test('of a tombstone, without key, timestamp or cause', () => {
    const bare = record({ key: null, value: null, timestamp: -1 });
    const written = writeLetter(rejected({ record: bare }), OPTIONS);
    expect([written.key, written.value]).toEqual([null, null]);
    expect(readLetter(stored(written))).toMatchObject({ kind: 'letter', origin: { timestamp: -1 }, errorClass: null, errorMessage: null });
  });

  test('keeps headers that the transport cannot carry, under a name that it can', () => {
    const written = writeLetter(rejected({ record: record({ headers: OWN }) }), { ...OPTIONS, headerFidelity: 'lossy' });
    const names = written.headers.map(([name]) => name);
    expect(names).not.toContain('a');
    expect(names).not.toContain('1');
    const { headers } = readLetter(stored(written))!;
    expect(headers.map(([name, value]) => [name, text(value)])).toEqual(OWN.map(([name, value]) => [name, text(value)]));
  });

  test('is, as a pointer, small and without value', () => {
    const large = record({ key: bytes('k'.repeat(1_025)), value: bytes('v'), headers: [['big', bytes('x'.repeat(100_000))]] });
    const written = writeLetter(rejected({ record: large, cause: new Error('m'.repeat(5_000)) }), {
      ...OPTIONS,
      groupId: 'g'.repeat(9_000),
      kind: 'pointer',
    });
    expect([written.key, written.value]).toEqual([null, null]);
    expect(written.headers.reduce((sum, [name, value]) => sum + name.length + value!.length, 0)).toBeLessThan(4_096);
    expect(readLetter(stored(written))).toMatchObject({ kind: 'pointer', id: 'orders/2/41', headers: [] });
  });

  test('keeps a short key as a pointer', () => {
    expect(writeLetter(rejected(), { ...OPTIONS, kind: 'pointer' }).key).toEqual(bytes('k'));
  });
});

describe('a record that was rejected before', () => {
  const first = stored(writeLetter(rejected({ record: record({ headers: OWN }) }), OPTIONS));

  test('as a dead letter that somebody consumes: keeps id and origin, adds up, and piles up no headers', () => {
    const again = writeLetter(rejected({ record: first, reason: 'unreadable', attempts: 1, failures: 0 }), {
      ...OPTIONS,
      groupId: 'audit',
    });
    expect(again.headers).toHaveLength(first.headers.length);
    expect(readLetter(stored(again))).toMatchObject({
      id: 'orders/2/41',
      origin: { topic: 'orders', partition: 2, offset: 41 },
      group: 'audit',
      reason: 'unreadable',
      attempts: 4,
      failures: 2,
      headers: OWN,
    });
  });

  test('as a pointer that somebody consumes: stays a pointer, for its null is no tombstone', () => {
    const pointer = stored(writeLetter(rejected(), { ...OPTIONS, kind: 'pointer' }));
    expect(readLetter(stored(writeLetter(rejected({ record: pointer }), OPTIONS)))?.kind).toBe('pointer');
  });

  test('has no error of the last time when this time there is none', () => {
    const failed = stored(writeLetter(rejected({ cause: new Error('before') }), OPTIONS));
    expect(readLetter(stored(writeLetter(rejected({ record: failed }), OPTIONS)))?.errorMessage).toBeNull();
  });
});

describe('what is no dead letter of ours', () => {
  const letter = writeLetter(rejected(), OPTIONS);

  test('is told apart', () => {
    expect(readLetter(record())).toBeNull();
    expect(readEarlierLife(record())).toBeNull();
  });

  test.each(letter.headers.map(([name]) => name))('is one without %s', (missing) => {
    expect(readLetter(stored({ ...letter, headers: letter.headers.filter(([name]) => name !== missing) }))).toBeNull();
  });

  test.each([
    ['kafka-rehearsal.dead-letter', 'other'],
    ['kafka-rehearsal.origin-offset', '-1'],
    ['kafka-rehearsal.origin-offset', '99999999999999999'],
    ['kafka-rehearsal.origin-partition', '1.5'],
    ['kafka-rehearsal.attempts', 'many'],
    ['kafka-rehearsal.origin-timestamp', '-2'],
  ])('is one whose %s is %s', (name, value) => {
    const headers = letter.headers.map((header): RecordHeader => (header[0] === name ? [name, bytes(value)] : header));
    expect(readLetter(stored({ ...letter, headers }))).toBeNull();
  });
});
