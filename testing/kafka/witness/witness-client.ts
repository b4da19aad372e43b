/**
 * A client of our own, as small as can be, that shares no code with the client under test: it writes records exactly as
 * given (header order, null header values, timestamp 0) and reads back exactly what stands in a topic.
 */
import type { KafkaRecord } from '../../../src/record.ts';
import type { ProduceRecord } from '../../../src/transport.ts';
import type { WitnessConnection } from './connection.ts';
import { decodeBatches, encodeBatch } from './record-batch.ts';
import type { FetchedBatch } from './record-batch.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { BrokerAnswer, checked, UNKNOWN_TOPIC, WitnessCluster } from './witness-cluster.ts';
import type { WitnessBroker } from './witness-cluster.ts';

const PRODUCE = 0;
const FETCH = 1;
const LIST_OFFSETS = 2;
const FETCH_BYTES = 8 * 1024 * 1024;
const REQUEST_LIMIT_MS = 10_000;

export class WitnessClient {
  readonly #cluster: WitnessCluster;

  constructor(brokers: readonly string[]) {
    this.#cluster = new WitnessCluster(brokers);
  }

  /** With acks all; resolves with the offset of the first. */
  async produce(topic: string, partition: number, records: readonly ProduceRecord[]): Promise<number> {
    return this.#cluster.retry(topic, async () => {
      const leader = (await this.#cluster.leaders(topic)).find((each) => each.partition === partition);
      if (leader === undefined) throw new BrokerAnswer(UNKNOWN_TOPIC);
      const body = new WireWriter().string(null).int16(-1).int32(REQUEST_LIMIT_MS);
      body.int32(1).string(topic).int32(1).int32(partition).bytes(encodeBatch(records));
      const reply = await this.#cluster.connection(leader).request(PRODUCE, 3, body);
      const [offset = -1] = reply.array(() => (reply.string(), reply.array(() => (reply.int32(), checked(reply), reply.int64())))[0] ?? -1);
      return offset;
    });
  }

  /** From log start to the last stable offset, partition after partition; aborted records and markers left out. */
  async readRecords(topic: string): Promise<readonly KafkaRecord[]> {
    const leaders = await this.#cluster.retry(topic, () => this.#cluster.leaders(topic));
    const read = await Promise.all(leaders.map((leader) => this.#cluster.retry(topic, () => this.#readPartition(topic, leader))));
    return read.flat();
  }

  close(): void {
    this.#cluster.close();
  }

  async #readPartition(
    topic: string,
    { partition, ...broker }: WitnessBroker & { readonly partition: number },
  ): Promise<readonly KafkaRecord[]> {
    const connection = this.#cluster.connection(broker);
    const records: KafkaRecord[] = [];
    const from = await earliest(connection, topic, partition);
    for (let offset = from, end = Infinity; offset < end;) {
      const fetched = await fetchFrom(connection, topic, partition, offset);
      end = Math.min(end, fetched.lastStableOffset);
      if (fetched.batches.length === 0) break;
      for (const batch of visible(fetched.batches, fetched.aborted)) {
        for (const record of batch.records)
          if (record.offset >= offset && record.offset < end) records.push({ topic, partition, ...record });
      }
      offset = (fetched.batches.at(-1)?.lastOffset ?? offset) + 1;
    }
    return records;
  }
}

async function earliest(connection: WitnessConnection, topic: string, partition: number): Promise<number> {
  const body = new WireWriter().int32(-1).int32(1).string(topic).int32(1).int32(partition).int64(-2);
  const reply = await connection.request(LIST_OFFSETS, 1, body);
  const [offset = 0] = reply.array(
    () => (reply.string(), reply.array(() => (reply.int32(), checked(reply), reply.int64(), reply.int64())))[0] ?? 0,
  );
  return offset;
}

interface Fetched {
  readonly lastStableOffset: number;
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
  readonly batches: readonly FetchedBatch[];
}

async function fetchFrom(connection: WitnessConnection, topic: string, partition: number, offset: number): Promise<Fetched> {
  const READ_COMMITTED = 1;
  const body = new WireWriter().int32(-1).int32(0).int32(0).int32(FETCH_BYTES).int8(READ_COMMITTED);
  body.int32(1).string(topic).int32(1).int32(partition).int64(offset).int32(FETCH_BYTES);
  const reply = await connection.request(FETCH, 4, body);
  reply.int32();
  const [fetched] = reply.array(() => {
    reply.string();
    return reply.array((): Fetched => {
      reply.int32();
      checked(reply);
      reply.int64();
      const lastStableOffset = reply.int64();
      const aborted = reply.array(() => ({ producerId: reply.int64(), firstOffset: reply.int64() }));
      return { lastStableOffset, aborted, batches: decodeBatches(reply.bytes() ?? Buffer.alloc(0)) };
    })[0];
  });
  if (fetched === undefined) throw new BrokerAnswer(UNKNOWN_TOPIC);
  return fetched;
}

/**
 * Keeps the data that no aborted transaction wrote. The broker lists the aborted transactions that overlap the fetched
 * range, by producer and first offset; each ends at the abort marker of its producer.
 */
function visible(batches: readonly FetchedBatch[], listed: Fetched['aborted']): readonly FetchedBatch[] {
  const pending = [...listed].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  return batches.filter((batch) => {
    while (pending[0] !== undefined && pending[0].firstOffset <= batch.lastOffset) aborting.add(pending.shift()?.producerId ?? -1);
    if (batch.control) {
      if (isAbortMarker(batch)) aborting.delete(batch.producerId);
      return false;
    }
    return !batch.transactional || !aborting.has(batch.producerId);
  });
}

/** The key of a marker: version, then type (0 abort, 1 commit), two bytes each. */
function isAbortMarker({ records }: FetchedBatch): boolean {
  return records[0]?.key?.[3] === 0;
}
