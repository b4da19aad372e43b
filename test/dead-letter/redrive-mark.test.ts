import { describe, expect, test } from 'vitest';
import { readRedriveMark, redriveMark } from '../../src/dead-letter/redrive-mark.ts';
import type { KafkaRecord, RecordHeader } from '../../src/record.ts';
import { bytes, record, text } from './rejected.ts';

function markAt(offset: number, value: string): KafkaRecord {
  return record({
    topic: 'orders.dead',
    offset,
    headers: [
      ['kafka-rehearsal.dead-letter', bytes('redriven')],
      ['kafka-rehearsal.redriven-offsets', bytes(value)],
    ],
  });
}

describe('a mark', () => {
  test('names offsets in runs, and has neither key nor value', () => {
    const mark = redriveMark(1, [9, 3, 5, 4, 11, 4]);
    expect(mark).toMatchObject({ key: null, value: null, partition: 1 });
    const headers = mark.headers as readonly RecordHeader[];
    expect(headers.map(([name, value]) => [name, text(value)])).toEqual([
      ['kafka-rehearsal.dead-letter', 'redriven'],
      ['kafka-rehearsal.redriven-offsets', '3-5,9,11'],
    ]);
    expect(readRedriveMark(record({ offset: 100, headers }))).toEqual([3, 4, 5, 9, 11]);
  });

  test('names only what comes before it', () => {
    expect(readRedriveMark(markAt(10, '8-12'))).toEqual([8, 9]);
  });

  test.each(['', '-', 'x', '5-3', '1-', '0-99999999', '12345678901234567'])('that says %j names nothing', (value) => {
    expect(readRedriveMark(markAt(1_000, value))).toEqual([]);
  });

  test('is none without its header', () => {
    expect(readRedriveMark(record())).toBeNull();
  });
});
