import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import type { NewRecord } from '../../testing/broker/protocol-data.ts';
import { Harness } from './harness.ts';

const require = createRequire(import.meta.url);
// kafkajs writes format v2 independently of us: its encoder is the measure.
const { RecordBatch: encodeBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
};
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => object;

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

const CASES: Record<string, readonly NewRecord[]> = {
  'one empty record': [{ key: null, value: bytes(0), headers: [], timestamp: 1_700_000_000_000 }],
  'a tombstone': [{ key: bytes(3), value: null, headers: [], timestamp: 1_700_000_000_000 }],
  'varint borders': [63, 64, 8_191, 8_192].map((length) => ({
    key: bytes(length),
    value: bytes(length),
    headers: [],
    timestamp: 1_700_000_000_000,
  })),
  headers: [
    {
      key: null,
      value: bytes(10),
      headers: [
        ['naïve €😀', bytes(70)],
        ['empty', bytes(0)],
      ],
      timestamp: 1_700_000_000_000,
    },
  ],
  'timestamps far apart': [0, 3_000_000_000, -5].map((delta) => ({
    key: null,
    value: bytes(1),
    headers: [],
    timestamp: 1_600_000_000_000 + delta,
  })),
  '200 records': Array.from({ length: 200 }, (_, index) => ({
    key: null,
    value: bytes(100),
    headers: [],
    timestamp: 1_700_000_000_000 + index,
  })),
};

test.each(Object.entries(CASES))('the size of a batch is that of the wire: %s', async (_, records) => {
  const first = records[0] as NewRecord;
  const encoded = await encodeBatch({
    firstTimestamp: first.timestamp,
    maxTimestamp: first.timestamp,
    lastOffsetDelta: records.length - 1,
    records: records.map(({ key, value, headers, timestamp }, offsetDelta) =>
      encodeRecord({
        offsetDelta,
        timestampDelta: timestamp - first.timestamp,
        key: key && Buffer.from(key),
        value: value && Buffer.from(value),
        headers: Object.fromEntries(headers.map(([name, header]) => [name, header && Buffer.from(header)])),
      }),
    ),
  });
  const harness = new Harness();
  harness.createTopic('orders', 1, { 'max.message.bytes': '10000000' });
  expect(harness.produce('orders', 0, records).errorCode).toBe('NONE');
  const [batch] = harness.cluster.log('orders', 0)?.batches() ?? [];
  expect(batch?.sizeInBytes).toBe(encoded.buffer.length);
});
