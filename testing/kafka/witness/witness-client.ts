/**
 * A client of our own, as small as can be, that shares no code with the client under test: it writes records exactly as
 * given (header order, null header values, timestamp 0) and reads back exactly what stands in a topic.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { KafkaError } from '../../../src/errors.ts';
import type { KafkaRecord } from '../../../src/record.ts';
import type { ProduceRecord } from '../../../src/transport.ts';
import { WitnessConnection } from './connection.ts';
import { decodeBatches, encodeBatch } from './record-batch.ts';
import type { FetchedBatch } from './record-batch.ts';
import type { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

const PRODUCE = 0;
const FETCH = 1;
const LIST_OFFSETS = 2;
const METADATA = 3;
const FETCH_BYTES = 8 * 1024 * 1024;
const REQUEST_LIMIT_MS = 10_000;
/** After a topic was made, brokers may not know their partitions yet. */
const ATTEMPTS = 30;
const RETRY_DELAY_MS = 50;
const UNKNOWN_TOPIC = 3;
const PASSING: readonly number[] = [UNKNOWN_TOPIC, 5, 6]; // leader not available, not leader

interface Leader {
  readonly partition: number;
  readonly host: string;
  readonly port: number;
}

export class WitnessClient {
  readonly #brokers: readonly string[];
  readonly #connections = new Map<string, WitnessConnection>();

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  /** With acks all; resolves with the offset of the first. */
  async produce(topic: string, partition: number, records: readonly ProduceRecord[]): Promise<number> {
    return this.#retry(topic, async () => {
      const leader = (await this.#leaders(topic)).find((each) => each.partition === partition);
      if (leader === undefined) throw new BrokerAnswer(UNKNOWN_TOPIC);
      const body = new WireWriter().string(null).int16(-1).int32(REQUEST_LIMIT_MS);
      body.int32(1).string(topic).int32(1).int32(partition).bytes(encodeBatch(records));
      const reply = await this.#connection(leader.host, leader.port).request(PRODUCE, 3, body);
      const [offset = -1] = reply.array(() => (reply.string(), reply.array(() => (reply.int32(), checked(reply), reply.int64())))[0] ?? -1);
      return offset;
    });
  }

  /** From log start to the last stable offset, partition after partition; aborted records and markers left out. */
  async readRecords(topic: string): Promise<readonly KafkaRecord[]> {
    const leaders = await this.#retry(topic, () => this.#leaders(topic));
    const read = await Promise.all(leaders.map((leader) => this.#retry(topic, () => this.#readPartition(topic, leader))));
    return read.flat();
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #readPartition(topic: string, { partition, host, port }: Leader): Promise<readonly KafkaRecord[]> {
    const connection = this.#connection(host, port);
    const records: KafkaRecord[] = [];
    const from = await earliest(connection, topic, partition);
    for (let offset = from, end = Infinity; offset < end; ) {
      const fetched = await fetchFrom(connection, topic, partition, offset);
      end = Math.min(end, fetched.lastStableOffset);
      if (fetched.batches.length === 0) break;
      for (const batch of visible(fetched.batches, fetched.aborted)) {
        for (const record of batch.records) if (record.offset >= offset && record.offset < end) records.push({ topic, partition, ...record });
      }
      offset = (fetched.batches.at(-1)?.lastOffset ?? offset) + 1;
    }
    return records;
  }

  async #leaders(topic: string): Promise<readonly Leader[]> {
    const [host = '', port = ''] = (this.#brokers[0] ?? '').split(/:(?=\d+$)/);
    // The false forbids to create the topic.
    const reply = await this.#connection(host, Number(port)).request(METADATA, 4, new WireWriter().int32(1).string(topic).int8(0));
    reply.int32();
    const brokers = new Map(reply.array(() => {
      const node = reply.int32();
      const broker = { host: reply.string() ?? '', port: reply.int32() };
      reply.string();
      return [node, broker] as const;
    }));
    reply.string();
    reply.int32();
    const [partitions = []] = reply.array(() => {
      checked(reply);
      reply.string();
      reply.int8();
      return reply.array(() => {
        checked(reply);
        const partition = reply.int32();
        const broker = brokers.get(reply.int32());
        reply.array(() => reply.int32());
        reply.array(() => reply.int32());
        if (broker === undefined) throw new BrokerAnswer(5);
        return { partition, ...broker };
      });
    });
    return partitions.sort((a, b) => a.partition - b.partition);
  }

  #connection(host: string, port: number): WitnessConnection {
    const address = `${host}:${port}`;
    const known = this.#connections.get(address);
    if (known?.usable === true) return known;
    const made = new WitnessConnection(host, port);
    this.#connections.set(address, made);
    return made;
  }

  async #retry<Result>(topic: string, attempt: () => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        const code = error instanceof BrokerAnswer ? error.errorCode : null;
        if (code !== null && PASSING.includes(code) && attempts < ATTEMPTS) {
          await delay(RETRY_DELAY_MS);
          continue;
        }
        if (code === UNKNOWN_TOPIC) throw new KafkaError('UNKNOWN_TOPIC', `Topic "${topic}" or the partition does not exist.`, { cause: error });
        if (code !== null) throw new KafkaError('PROTOCOL', `The witness was answered with Kafka's error ${code} for topic "${topic}".`, { cause: error });
        throw error;
      }
    }
  }
}

class BrokerAnswer extends Error {
  readonly errorCode: number;

  constructor(errorCode: number) {
    super(`Kafka answered with error code ${errorCode}`);
    this.errorCode = errorCode;
  }
}

/** Reads an error code. */
function checked(reply: WireReader): void {
  const code = reply.int16();
  if (code !== 0) throw new BrokerAnswer(code);
}

async function earliest(connection: WitnessConnection, topic: string, partition: number): Promise<number> {
  const body = new WireWriter().int32(-1).int32(1).string(topic).int32(1).int32(partition).int64(-2);
  const reply = await connection.request(LIST_OFFSETS, 1, body);
  const [offset = 0] = reply.array(() => (reply.string(), reply.array(() => (reply.int32(), checked(reply), reply.int64(), reply.int64())))[0] ?? 0);
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
