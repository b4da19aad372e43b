import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProduceRecord } from '../../../src/transport.ts';
import { crc32c } from '../../../src/transports/kafkajs/wire/crc32c.ts';
import { decodeRecords } from '../../../src/transports/kafkajs/wire/decode-records.ts';
import { encodeRecords } from '../../../src/transports/kafkajs/wire/encode-records.ts';

const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const set = { topic: 't', partition: 0, fetchedFrom: 0, abortedTransactions: [], checkCrcs: true };
const record = (value: string, key: Uint8Array | null = null): ProduceRecord => ({
  key,
  value: Buffer.from(value),
  headers: [],
  timestamp: 1,
});

interface BatchOptions {
  readonly baseOffset: number;
  readonly producerId?: bigint;
  readonly attributes?: number;
  /** When compaction removed the last records, the batch keeps its last offset. */
  readonly lastOffsetDelta?: number;
}

/** A batch as a broker keeps it. */
function stored(
  records: readonly ProduceRecord[],
  { baseOffset, producerId = -1n, attributes = 0, lastOffsetDelta = records.length - 1 }: BatchOptions,
): Buffer {
  const batch = Buffer.from(encodeRecords(records));
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt32BE(3, 12); // leader epoch
  batch.writeInt16BE(attributes, ATTRIBUTES_AT);
  batch.writeInt32BE(lastOffsetDelta, 23);
  batch.writeBigInt64BE(producerId, 43);
  return sealed(batch);
}

/** With the checksum of what is in it now. */
function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
  return batch;
}

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const marker = (type: 'abort' | 'commit'): ProduceRecord => ({
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  value: Buffer.alloc(6),
  headers: [],
  timestamp: 1,
});
const offsets = (bytes: Buffer, overrides: Partial<Parameters<typeof decodeRecords>[1]> = {}): readonly number[] =>
  decodeRecords(bytes, { ...set, ...overrides }).records.map(({ offset }) => offset);

describe('records', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null });
  const produced = fc.record({
    key: bytes,
    value: bytes,
    timestamp: fc.integer({ min: 0, max: 2 ** 43 }),
    headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 10 }), bytes), { maxLength: 5 }),
  });

  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(produced, { minLength: 1, maxLength: 80 }), (written) => {
        const { records, nextOffset, leaderEpochs } = decodeRecords(stored(written, { baseOffset: 2 ** 40 }), {
          ...set,
          fetchedFrom: 2 ** 40,
        });
        const plain = (value: Uint8Array | null): number[] | null => (value === null ? null : [...value]);
        expect(
          records.map((each) => ({
            ...each,
            key: plain(each.key),
            value: plain(each.value),
            headers: each.headers.map(([name, value]) => [name, plain(value)]),
          })),
        ).toEqual(
          written.map((each, index) => ({
            topic: 't',
            partition: 0,
            offset: 2 ** 40 + index,
            timestamp: each.timestamp,
            key: plain(each.key),
            value: plain(each.value),
            headers: each.headers.map(([name, value]) => [Buffer.from(name).toString(), plain(value)]),
          })),
        );
        expect({ nextOffset, leaderEpochs }).toEqual({
          nextOffset: 2 ** 40 + written.length,
          leaderEpochs: [{ from: 2 ** 40, leaderEpoch: 3 }],
        });
      }),
    );
  });

  test('tell where their leader epochs begin, also of a batch that is not handed over', () => {
    const written = (leaderEpoch: number, baseOffset: number, attributes = 0): Buffer => {
      const batch = stored([attributes === CONTROL ? marker('commit') : record('a')], { baseOffset, attributes });
      batch.writeInt32BE(leaderEpoch, 12); // not under the checksum: a follower may not change what the leader sealed
      return batch;
    };
    const bytes = Buffer.concat([written(3, 5), written(3, 8), written(4, 9, CONTROL), written(4, 12), written(6, 13)]);
    expect(decodeRecords(bytes, { ...set, fetchedFrom: 4 }).leaderEpochs).toEqual([
      { from: 4, leaderEpoch: 3 },
      { from: 9, leaderEpoch: 4 },
      { from: 13, leaderEpoch: 6 },
    ]);
    expect(decodeRecords(Buffer.alloc(0), set).leaderEpochs).toEqual([]);
  });

  test('without headers share one constant', () => {
    const { records } = decodeRecords(stored([record('a'), record('b')], { baseOffset: 0 }), set);
    expect(records[0]!.headers).toBe(records[1]!.headers);
  });

  test('below the fetched offset are left out; the position passes what compaction removed', () => {
    const batch = stored([record('a'), record('b'), record('c')], { baseOffset: 10, lastOffsetDelta: 6 });
    const decoded = decodeRecords(batch, { ...set, fetchedFrom: 12 });
    expect(decoded.records.map(({ offset }) => offset)).toEqual([12]);
    expect(decoded.nextOffset).toBe(17);
    // All that is left lies below: the batch is passed all the same, or it would be fetched for ever.
    expect(decodeRecords(batch, { ...set, fetchedFrom: 14 })).toMatchObject({ records: [], nextOffset: 17 });
  });

  test('log append time is every record’s timestamp', () => {
    const batch = stored(
      [
        { ...record('a'), timestamp: 5 },
        { ...record('b'), timestamp: 9 },
      ],
      { baseOffset: 0, attributes: 0x08 },
    );
    batch.writeBigInt64BE(77n, 35);
    sealed(batch);
    expect(decodeRecords(batch, set).records.map(({ timestamp }) => timestamp)).toEqual([77, 77]);
  });

  test('a last batch that was cut off is left for the next fetch', () => {
    const whole = stored([record('a')], { baseOffset: 0 });
    const cut = Buffer.concat([whole, stored([record('b')], { baseOffset: 1 }).subarray(0, 65)]);
    expect(decodeRecords(cut, set)).toMatchObject({ nextOffset: 1, records: [{ offset: 0 }] });
    expect(decodeRecords(Buffer.concat([whole, whole.subarray(0, 40)]), set)).toMatchObject({ nextOffset: 1, records: [{ offset: 0 }] });
  });

  test('gzip', () => {
    const batch = stored([record('a'), record('b')], { baseOffset: 0, attributes: 1 });
    const compressed = Buffer.concat([batch.subarray(0, 61), gzipSync(batch.subarray(61))]);
    compressed.writeInt32BE(compressed.length - 12, 8);
    sealed(compressed);
    expect(decodeRecords(compressed, set).records.map(({ value }) => String(value))).toEqual(['a', 'b']);
  });

  test('in an old format, with an unknown codec, or damaged: one clear error', () => {
    const old = stored([record('a')], { baseOffset: 0 });
    old[16] = 1;
    expect(() => decodeRecords(old, set)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('t/0 holds records in format 1') as string }),
    );
    expect(() => decodeRecords(stored([record('a')], { baseOffset: 0, attributes: 5 }), set)).toThrow(
      expect.objectContaining({ code: 'CODEC_UNSUPPORTED' }),
    );
    expect(() => decodeRecords(stored([record('a')], { baseOffset: 0, attributes: 1 }), set)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL' }),
    );
    const damaged = stored([record('a')], { baseOffset: 7 });
    damaged[61] = 0x40;
    sealed(damaged);
    expect(() => decodeRecords(damaged, { ...set, fetchedFrom: 7 })).toThrow(
      expect.objectContaining({ code: 'PROTOCOL', message: expect.stringContaining('batch at offset 7') as string }),
    );
    expect(() => decodeRecords(stored([record('a')], { baseOffset: 2 ** 53 }), set)).toThrow(
      expect.objectContaining({ code: 'OFFSET_TOO_LARGE' }),
    );
  });
});

describe('a batch that was damaged on its way or in the log', () => {
  const corrupt = (offset: number, why: RegExp): unknown =>
    expect.objectContaining({
      code: 'CORRUPT_BATCH',
      message: expect.stringMatching(new RegExp(`t/0: the batch with offset ${offset} is damaged: .*${why.source}`)) as string,
    });
  const whole = stored([record('a'), record('b')], { baseOffset: 7 });
  const flipped = (at: number, bit = 1): Buffer => {
    const copy = Buffer.from(whole);
    copy[at]! ^= bit;
    return copy;
  };

  test('a single bit is found wherever it lies, and nothing of the batch is delivered', () => {
    for (let at = CRC_AT; at < whole.length; at += 1) {
      for (let bit = 1; bit < 256; bit *= 2) {
        expect(() => decodeRecords(flipped(at, bit), { ...set, fetchedFrom: 7 })).toThrow(corrupt(7, /checksum is 0x[0-9a-f]{8}/));
      }
    }
  });

  test('a length or a format that cannot be', () => {
    const read = (bytes: Buffer) => () => decodeRecords(bytes, { ...set, fetchedFrom: 7 });
    expect(read(flipped(8, 0x80))).toThrow(corrupt(7, /its length is -\d+ bytes/));
    expect(read(flipped(10))).toThrow(corrupt(7, /ends after the \d+ bytes/));
    expect(read(whole.subarray(0, 40))).toThrow(corrupt(7, /ends after the 40 bytes/));
    expect(read(flipped(16, 0x40))).toThrow(corrupt(7, /format is 66/));
  });

  test('what comes before it is delivered; the next fetch begins with it', () => {
    const before = stored([record('x')], { baseOffset: 6 });
    const bytes = Buffer.concat([before, flipped(70), stored([record('y')], { baseOffset: 9 })]);
    expect(decodeRecords(bytes, { ...set, fetchedFrom: 6 })).toMatchObject({ nextOffset: 7, records: [{ offset: 6 }] });
    expect(() => decodeRecords(bytes, { ...set, fetchedFrom: 7 })).toThrow(corrupt(7, /checksum/));
  });

  test('is not looked for where checkCrcs is false, save a length that cannot be', () => {
    const unchecked = { ...set, fetchedFrom: 7, checkCrcs: false };
    expect(decodeRecords(flipped(CRC_AT), unchecked)).toMatchObject({ nextOffset: 9, records: [{ offset: 7 }, { offset: 8 }] });
    expect(() => decodeRecords(flipped(8, 0x80), unchecked)).toThrow(corrupt(7, /its length/));
  });

  test('also one that would be left out', () => {
    const control = stored([marker('abort')], { baseOffset: 7, attributes: CONTROL | TRANSACTIONAL });
    control[70]! ^= 1;
    expect(() => decodeRecords(control, { ...set, fetchedFrom: 7 })).toThrow(corrupt(7, /checksum/));
  });
});

describe('aborted transactions (three cases that kafkajs lets through)', () => {
  const inTransaction = (baseOffset: number, producerId: bigint, ...records: ProduceRecord[]): Buffer =>
    stored(records, { baseOffset, producerId, attributes: TRANSACTIONAL });
  const end = (baseOffset: number, producerId: bigint, type: 'abort' | 'commit'): Buffer =>
    stored([marker(type)], { baseOffset, producerId, attributes: TRANSACTIONAL | CONTROL });

  test('two that began before the offset fetched from', () => {
    const bytes = Buffer.concat([
      inTransaction(10, 1n, record('a'), record('b')),
      inTransaction(12, 2n, record('c')),
      end(13, 1n, 'abort'),
      end(14, 2n, 'abort'),
    ]);
    const abortedTransactions = [
      { producerId: 1n, firstOffset: 3 },
      { producerId: 2n, firstOffset: 4 },
    ];
    expect(offsets(bytes, { fetchedFrom: 10, abortedTransactions })).toEqual([]);
  });

  test('a record whose key looks like an abort marker', () => {
    const bytes = Buffer.concat([
      inTransaction(0, 1n, record('a'), record('b', Buffer.from([0, 0, 0, 0])), record('c')),
      end(3, 1n, 'abort'),
    ]);
    expect(offsets(bytes, { abortedTransactions: [{ producerId: 1n, firstOffset: 0 }] })).toEqual([]);
  });

  test('one whose first records compaction or the size limit took', () => {
    const bytes = Buffer.concat([
      inTransaction(5, 2n, record('kept')),
      inTransaction(6, 1n, record('gone')),
      end(7, 2n, 'commit'),
      end(8, 1n, 'abort'),
      inTransaction(9, 1n, record('next')),
      end(10, 1n, 'commit'),
    ]);
    expect(
      offsets(bytes, {
        fetchedFrom: 5,
        abortedTransactions: [
          { producerId: 3n, firstOffset: 1 },
          { producerId: 1n, firstOffset: 2 },
        ],
      }),
    ).toEqual([5, 9]);
  });

  test('the producer’s next transaction is read, and records outside of any; control records never are', () => {
    const bytes = Buffer.concat([
      inTransaction(0, 1n, record('gone')),
      end(1, 1n, 'abort'),
      inTransaction(2, 1n, record('kept')),
      end(3, 1n, 'commit'),
      stored([record('plain')], { baseOffset: 4 }),
    ]);
    const decoded = decodeRecords(bytes, { ...set, abortedTransactions: [{ producerId: 1n, firstOffset: 0 }] });
    expect(decoded.records.map(({ offset }) => offset)).toEqual([2, 4]);
    expect(offsets(bytes)).toEqual([0, 2, 4]); // read_uncommitted: no aborted transactions are told
    expect(decodeRecords(end(9, 1n, 'abort'), { ...set, fetchedFrom: 9 })).toMatchObject({ records: [], nextOffset: 10 });
  });
});

test('CRC-32C has the standard check value, at any length', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(0))).toBe(0);
  // The definition, a bit at a time, at every alignment and length.
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 151 + 7) & 255));
  const slow = (from: number, to: number): number => {
    let crc = -1;
    for (const byte of bytes.subarray(from, to)) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  };
  for (let from = 0; from <= 12; from += 1) {
    for (let to = from; to <= bytes.length; to += 1) expect(crc32c(bytes, from, to)).toBe(slow(from, to));
  }
});
