import { setTimeout as delay } from 'node:timers/promises';
import { KafkaError } from '../../../src/errors.ts';
import { WitnessConnection } from './connection.ts';
import type { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

const METADATA = 3;
/** After a topic was made, brokers may not know their partitions yet. */
const ATTEMPTS = 30;
const RETRY_DELAY_MS = 50;
export const UNKNOWN_TOPIC = 3;
const LEADER_NOT_AVAILABLE = 5;
const NOT_LEADER = 6;
const PASSING: readonly number[] = [UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, NOT_LEADER];

export interface WitnessBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface WitnessMetadata {
  readonly brokers: readonly WitnessBroker[];
  readonly controllerId: number;
  readonly topics: readonly {
    readonly errorCode: number;
    readonly name: string;
    readonly partitions: readonly { readonly errorCode: number; readonly partition: number; readonly leader: number }[];
  }[];
}

/** An error code that a broker answered. */
export class BrokerAnswer extends Error {
  readonly errorCode: number;

  constructor(errorCode: number) {
    super(`Kafka answered with error code ${errorCode}`);
    this.errorCode = errorCode;
  }
}

/** Reads an error code, and throws when it is one. */
export function checked(reply: WireReader): void {
  const code = reply.int16();
  if (code !== 0) throw new BrokerAnswer(code);
}

/** Connections of the witness to the brokers of one cluster. */
export class WitnessCluster {
  readonly #brokers: readonly string[];
  readonly #connections = new Map<string, WitnessConnection>();
  #closed = false;

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  /** Throws BROKER_UNREACHABLE once it is closed: nobody would close another one. */
  connection({ host, port }: { readonly host: string; readonly port: number }): WitnessConnection {
    if (this.#closed) throw new KafkaError('BROKER_UNREACHABLE', 'The witness was closed.');
    const address = `${host}:${port}`;
    const known = this.#connections.get(address);
    if (known?.usable === true) return known;
    const made = new WitnessConnection(host, port);
    this.#connections.set(address, made);
    return made;
  }

  /** To the first broker of the list that takes a connection. */
  async any(): Promise<WitnessConnection> {
    let last: unknown = null;
    for (const broker of this.#brokers) {
      const [host = '', port = ''] = broker.split(/:(?=\d+$)/);
      const connection = this.connection({ host, port: Number(port) });
      try {
        await connection.connected;
        return connection;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  /** No topics: what is known of the brokers. Null: of all topics. Creates none. */
  async metadata(topics: readonly string[] | null): Promise<WitnessMetadata> {
    const body = new WireWriter().int32(topics === null ? -1 : topics.length);
    for (const topic of topics ?? []) body.string(topic);
    const reply = await (await this.any()).request(METADATA, 4, body.int8(0)); // 0: create no topic
    reply.int32();
    const brokers = reply.array(() => {
      const broker = { nodeId: reply.int32(), host: reply.string() ?? '', port: reply.int32() };
      reply.string();
      return broker;
    });
    reply.string();
    const controllerId = reply.int32();
    const described = reply.array(() => {
      const topic = { errorCode: reply.int16(), name: reply.string() ?? '' };
      reply.int8();
      const partitions = reply.array(() => {
        const partition = { errorCode: reply.int16(), partition: reply.int32(), leader: reply.int32() };
        reply.array(() => reply.int32());
        reply.array(() => reply.int32());
        return partition;
      });
      return { ...topic, partitions };
    });
    return { brokers, controllerId, topics: described };
  }

  /** The leader of every partition, by partition. */
  async leaders(topic: string): Promise<readonly (WitnessBroker & { readonly partition: number })[]> {
    const { brokers, topics } = await this.metadata([topic]);
    const [described] = topics;
    if (described === undefined || described.errorCode !== 0) throw new BrokerAnswer(described?.errorCode ?? UNKNOWN_TOPIC);
    return described.partitions
      .map(({ errorCode, partition, leader }) => {
        const broker = brokers.find(({ nodeId }) => nodeId === leader);
        if (errorCode !== 0 || broker === undefined) throw new BrokerAnswer(errorCode || LEADER_NOT_AVAILABLE);
        return { partition, ...broker };
      })
      .toSorted((a, b) => a.partition - b.partition);
  }

  /** Again while leaders are being made known, for 1.5 s at most. */
  async retry<Result>(topic: string, attempt: () => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        const code = error instanceof BrokerAnswer ? error.errorCode : null;
        if (code !== null && PASSING.includes(code) && attempts < ATTEMPTS) {
          await delay(RETRY_DELAY_MS);
          continue;
        }
        if (code === UNKNOWN_TOPIC)
          throw new KafkaError('UNKNOWN_TOPIC', `Topic "${topic}" or the partition does not exist.`, { cause: error });
        if (code !== null)
          throw new KafkaError('PROTOCOL', `The witness was answered with Kafka's error ${code} for topic "${topic}".`, { cause: error });
        throw error;
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }
}
