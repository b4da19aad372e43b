/** The two brokers that the same conversation is held with: the core in virtual time, and real Kafka in real time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../../testing/broker/cluster.ts';
import type { Api, Apis, Request, Response } from '../../testing/broker/protocol.ts';
import type { KafkaInTest } from '../../testing/kafka/kafka-test.ts';
import { WitnessConnection } from '../../testing/kafka/witness/connection.ts';
import { WireWriter } from '../../testing/kafka/wire/wire-writer.ts';
import { CODECS } from './wire-codec.ts';

/** A request on its way. */
export interface Open<A extends Api> {
  readonly answer: Promise<Response<A>>;
  /** Whether it is held back; on real Kafka: for a quarter of a second. */
  readonly held: () => Promise<boolean>;
}

export interface Peer {
  readonly nodeIds: readonly number[];
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** `connection`: its name; requests on one wait for each other. */
  readonly open: <A extends Api>(api: A, body: Apis[A]['request'], nodeId: number, connection: string) => Open<A>;
  readonly close: () => void;
}

export function corePeer(minSessionTimeoutMs: number): Peer {
  let now = 1_700_000_000_000;
  const cluster = new Cluster({ now, configs: { groupMinSessionTimeoutMs: minSessionTimeoutMs } });
  const answers = new Map<number, Response>();
  let correlationId = 0;
  const advanceTo = (time: number): void => {
    now = time;
    for (const reply of cluster.advance(now)) answers.set(reply.correlationId, reply.response);
  };
  return {
    nodeIds: cluster.nodeIds,
    now: () => now,
    wait: async (ms) => advanceTo(now + ms),
    open<A extends Api>(api: A, body: Apis[A]['request'], nodeId: number, connection: string) {
      correlationId += 1;
      const id = correlationId;
      const request = { ...body, api, correlationId: id, clientId: 'witness' } as unknown as Request;
      for (const reply of cluster.submit(nodeId, `${connection}@${nodeId}`, request, now)) answers.set(reply.correlationId, reply.response);
      const answer = async (): Promise<Response<A>> => {
        for (let limit = 0; !answers.has(id) && limit < 1_000; limit += 1) {
          const deadline = cluster.nextDeadline();
          if (deadline === null) break;
          advanceTo(deadline);
        }
        const response = answers.get(id);
        if (response === undefined) throw new Error(`${api} is never answered`);
        return response as unknown as Response<A>;
      };
      let lazy: Promise<Response<A>> | null = null;
      return {
        // Asked for late, so that time moves only when the conversation waits for it.
        get answer() {
          lazy ??= answer();
          return lazy;
        },
        held: async () => !answers.has(id),
      };
    },
    close: () => undefined,
  };
}

export function kafkaPeer(kafka: KafkaInTest): Peer {
  const connections = new Map<string, WitnessConnection>();
  return {
    nodeIds: kafka.nodeIds,
    now: () => Date.now(),
    wait: async (ms) => void (await sleep(ms)),
    open<A extends Api>(api: A, body: Apis[A]['request'], nodeId: number, name: string) {
      const key = `${name}@${nodeId}`;
      const [host, port] = (kafka.brokers[kafka.nodeIds.indexOf(nodeId)] ?? '').split(':');
      const connection = connections.get(key) ?? new WitnessConnection(host ?? '', Number(port));
      connections.set(key, connection);
      const codec = CODECS[api];
      const writer = new WireWriter();
      codec.write(writer, body);
      let settled = false;
      const answer = connection.request(codec.key, codec.version(body), writer).then((reader) => {
        settled = true;
        return { api, ...(codec.read(reader, body) as object) } as unknown as Response<A>;
      });
      answer.catch(() => undefined);
      return {
        answer,
        held: async () => {
          await Promise.race([answer.catch(() => undefined), sleep(250)]);
          return !settled;
        },
      };
    },
    close() {
      for (const connection of connections.values()) connection.close();
    },
  };
}
