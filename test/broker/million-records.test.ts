import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../src/record.ts';
import { Cluster } from '../../testing/broker/cluster.ts';
import type { NewRecord } from '../../testing/broker/protocol-data.ts';
import type { Reply, Request } from '../../testing/broker/protocol.ts';
import { START_MS } from './harness.ts';

const COUNT = 1_000_000;
const HEADER = { clientId: 'client', correlationId: 0 };
const PARTITION = { topic: 'orders', partition: 0 };

function submit(cluster: Cluster, request: Request): Reply['response'] {
  const [reply] = cluster.submit(1, 'c', request, START_MS);
  if (reply === undefined) throw new Error(`${request.api} was held back`);
  return reply.response;
}

function fetchAll(cluster: Cluster, maxBytes: number): KafkaRecord[] {
  const records: KafkaRecord[] = [];
  for (let fetchOffset = 0; fetchOffset < COUNT;) {
    const partitions = [{ ...PARTITION, fetchOffset, partitionMaxBytes: maxBytes }];
    const response = submit(cluster, {
      ...HEADER,
      api: 'Fetch',
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes,
      isolationLevel: 'read_uncommitted',
      partitions,
    });
    if (response.api !== 'Fetch') throw new Error(response.api);
    for (const batch of response.partitions[0]?.batches ?? []) {
      for (const record of batch.records) records.push(record);
      fetchOffset = batch.lastOffset + 1;
    }
  }
  return records;
}

test.each([
  ['batches of 1,000', 1_000],
  ['batches of one', 1],
])('a million records in one partition are no problem: %s', (_, batchSize) => {
  const cluster = new Cluster({ now: START_MS, brokers: 1 });
  submit(cluster, {
    ...HEADER,
    api: 'CreateTopics',
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: null, configs: {} }],
  });
  const value = new Uint8Array(100);
  const batch: NewRecord[] = Array.from({ length: batchSize }, () => ({ key: null, value, headers: [], timestamp: START_MS }));
  const start = performance.now();
  for (let offset = 0; offset < COUNT; offset += batchSize)
    submit(cluster, { ...HEADER, api: 'Produce', acks: -1, partitions: [{ ...PARTITION, records: batch }] });
  const appended = performance.now();
  const fetched = fetchAll(cluster, 1_048_576);
  const done = performance.now();
  const again = fetchAll(cluster, 10_485_760);
  const rate = (ms: number): string => `${Math.round(COUNT / ms).toLocaleString('en')} records/ms`;
  process.stdout.write(`1,000,000 records of 100 bytes in ${_}: append ${rate(appended - start)}, fetch ${rate(done - appended)}\n`);

  expect(fetched.length).toBe(COUNT);
  expect(fetched.every(({ offset }, index) => offset === index)).toBe(true);
  // Nothing is copied: another fetch, and the witnesses' view, hand out the very same objects and bytes.
  expect(again.every((record, index) => record === fetched[index])).toBe(true);
  expect(fetched.every((record) => record.value === value)).toBe(true);
  let index = 0;
  for (const record of cluster.log('orders', 0)?.records() ?? []) {
    if (record !== fetched[index]) throw new Error(`Another object at offset ${index}`);
    index += 1;
  }
  expect(index).toBe(COUNT);

  // Letting half of it go copies nothing either.
  submit(cluster, { ...HEADER, api: 'DeleteRecords', partitions: [{ ...PARTITION, offset: COUNT / 2 }] });
  const [first] = cluster.log('orders', 0)?.records() ?? [];
  expect(first).toBe(fetched[COUNT / 2]);
});
