/** Drives a cluster by hand: numbers requests, keeps every reply, routes to leaders and coordinators unless told otherwise. */
import type { ClusterOptions } from '../../testing/broker/cluster.ts';
import { Cluster } from '../../testing/broker/cluster.ts';
import type { Disturbance } from '../../testing/broker/disturbance.ts';
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import type { NewRecord } from '../../testing/broker/protocol-data.ts';
import type { Api, Apis, Reply, Request, Response } from '../../testing/broker/protocol.ts';

export const START_MS = 1_700_000_000_000;

export interface Sent<A extends Api> {
  readonly correlationId: number;
  /** The answer so far; null while it is held back. */
  readonly response: () => Response<A> | null;
}

export interface Route {
  readonly node?: number;
  readonly connection?: string;
  readonly clientId?: string;
}

export class Harness {
  readonly cluster: Cluster;
  now = START_MS;
  /** Every reply, in order. */
  readonly replies: Reply[] = [];
  readonly #answers = new Map<number, Response>();
  #correlationId = 0;

  constructor(options: Partial<ClusterOptions> = {}) {
    this.cluster = new Cluster({ now: START_MS, ...options });
  }

  send<A extends Api>(api: A, body: Apis[A]['request'], route: Route = {}): Sent<A> {
    this.#correlationId += 1;
    const correlationId = this.#correlationId;
    const node = route.node ?? this.#nodeFor(api, body);
    const request = { ...body, api, correlationId, clientId: route.clientId ?? 'client' } as unknown as Request;
    this.#take(this.cluster.submit(node, route.connection ?? `${api}-${correlationId}`, request, this.now));
    return { correlationId, response: () => (this.#answers.get(correlationId) as Response<A> | undefined) ?? null };
  }

  /** Sends what is answered at once. */
  ask<A extends Api>(api: A, body: Apis[A]['request'], route: Route = {}): Response<A> {
    const response = this.send(api, body, route).response();
    if (response === null) throw new Error(`${api} was held back`);
    return response;
  }

  /** True where it changed anything. */
  disturb(disturbance: Disturbance): boolean {
    const { changed, replies } = this.cluster.disturb(disturbance, this.now);
    this.#take(replies);
    return changed;
  }

  advance(durationMs: number): void {
    this.now += durationMs;
    this.#take(this.cluster.advance(this.now));
  }

  createTopic(name: string, partitions = 1, configs: Record<string, string> = {}, replicationFactor = 1): void {
    const [topic] = this.ask('CreateTopics', {
      topics: [{ name, numPartitions: partitions, replicationFactor, assignments: null, configs }],
    }).topics;
    if (topic?.errorCode !== 'NONE') throw new Error(`${name}: ${topic?.errorCode}`);
  }

  produce(topic: string, partition: number, records: readonly NewRecord[]): Response<'Produce'>['partitions'][number] {
    return this.ask('Produce', { acks: -1, partitions: [{ topic, partition, records }] })
      .partitions[0] as Response<'Produce'>['partitions'][number];
  }

  coordinator(groupId: string): number {
    return this.ask('FindCoordinator', { keyType: 'group', key: groupId }, { node: 1 }).nodeId;
  }

  #nodeFor(api: Api, body: object): number {
    if ('groupId' in body && typeof body.groupId === 'string') return this.coordinator(body.groupId);
    if ('groups' in body && Array.isArray(body.groups)) return this.coordinator(String(body.groups[0]));
    if ('partitions' in body && Array.isArray(body.partitions)) {
      const [first] = body.partitions as readonly { topic: string; partition: number }[];
      return (first === undefined ? null : this.cluster.log(first.topic, first.partition)?.leader) ?? 1;
    }
    void api;
    return 1;
  }

  #take(replies: readonly Reply[]): void {
    for (const reply of replies) {
      if (this.#answers.has(reply.correlationId)) throw new Error(`Request ${reply.correlationId} was answered twice`);
      this.#answers.set(reply.correlationId, reply.response);
      this.replies.push(reply);
    }
  }
}

export function record(value: string | null, timestamp: number = START_MS, key: string | null = null): NewRecord {
  return {
    key: key === null ? null : new TextEncoder().encode(key),
    value: value === null ? null : new TextEncoder().encode(value),
    headers: [],
    timestamp,
  };
}

export function joinRequest(
  groupId: string,
  memberId: string,
  changes: Partial<Apis['JoinGroup']['request']> = {},
): Apis['JoinGroup']['request'] {
  return {
    groupId,
    memberId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 30_000,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: encodeSubscription(['orders']) }],
    ...changes,
  };
}

/** The member id that a first JoinGroup is sent back with. */
export function memberIdFor(harness: Harness, groupId: string, changes: Partial<Apis['JoinGroup']['request']> = {}): string {
  const response = harness.ask('JoinGroup', joinRequest(groupId, '', changes));
  if (response.errorCode !== 'MEMBER_ID_REQUIRED') throw new Error(response.errorCode);
  return response.memberId;
}

/** Makes a stable group of new dynamic members, the first being its leader; each is assigned its own member id as bytes. */
export function stableGroup(
  harness: Harness,
  groupId: string,
  size: number,
  changes: Partial<Apis['JoinGroup']['request']> = {},
): { members: readonly string[]; generationId: number } {
  const members = Array.from({ length: size }, () => memberIdFor(harness, groupId, changes));
  const joins: Sent<'JoinGroup'>[] = [];
  for (const memberId of members) joins.push(harness.send('JoinGroup', joinRequest(groupId, memberId, changes)));
  // The first was alone in generation 1 and rejoins; the rest wait for it.
  if (size > 1) joins[0] = harness.send('JoinGroup', joinRequest(groupId, members[0] as string, changes));
  const generationId = joins[0]?.response()?.generationId ?? -1;
  for (const memberId of [...members].reverse()) sync(harness, groupId, generationId, memberId, memberId === members[0] ? members : []);
  return { members, generationId };
}

export function sync(
  harness: Harness,
  groupId: string,
  generationId: number,
  memberId: string,
  assigned: readonly string[] = [],
): Sent<'SyncGroup'> {
  return harness.send('SyncGroup', {
    groupId,
    generationId,
    memberId,
    groupInstanceId: null,
    assignments: assigned.map((id) => ({ memberId: id, assignment: new TextEncoder().encode(id) })),
  });
}

export function commitRequest(
  groupId: string,
  generationId: number,
  memberId: string,
  offset: number,
  changes: Partial<Apis['OffsetCommit']['request']['partitions'][number]> = {},
): Apis['OffsetCommit']['request'] {
  return {
    groupId,
    generationId,
    memberId,
    groupInstanceId: null,
    partitions: [{ topic: 'orders', partition: 0, committedOffset: offset, committedLeaderEpoch: -1, metadata: null, ...changes }],
  };
}

/** Of group `g`. */
export function heartbeat(
  harness: Harness,
  generationId: number,
  memberId: string,
  changes: Partial<Apis['Heartbeat']['request']> = {},
): string {
  return harness.ask('Heartbeat', { groupId: 'g', generationId, memberId, groupInstanceId: null, ...changes }).errorCode;
}
/** From group `g`: the whole error code, then each member's. */
export function leave(harness: Harness, ...members: readonly [memberId: string, groupInstanceId?: string][]): string[] {
  const response = harness.ask('LeaveGroup', {
    groupId: 'g',
    members: members.map(([memberId, groupInstanceId]) => ({ memberId, groupInstanceId: groupInstanceId ?? null })),
  });
  return [response.errorCode, ...response.members.map(({ errorCode }) => errorCode)];
}
