/** One side's conversation with a broker, written down so that the other side's can be laid beside it. */
import type { Api, Apis, Response } from '../../testing/broker/protocol.ts';
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import type { Open, Peer } from './peers.ts';

export interface Where {
  readonly node?: number;
  readonly connection?: string;
}

export interface Names {
  readonly topic: () => string;
  readonly group: () => string;
}

export class Talk {
  readonly peer: Peer;
  /** Lines of label and answer. */
  readonly transcript: (readonly [label: string, answer: unknown])[] = [];
  readonly #names: Names;
  readonly #aliases = new Map<string, string>();
  #connections = 0;

  constructor(peer: Peer, names: Names) {
    this.peer = peer;
    this.#names = names;
  }

  get first(): number {
    return this.peer.nodeIds[0] as number;
  }
  get second(): number {
    return this.peer.nodeIds[1] as number;
  }

  topicName(): string {
    const name = this.#names.topic();
    this.#aliases.set(name, `topic-${this.#aliases.size}`);
    return name;
  }

  /** A name made by the conversation itself. */
  alias(name: string): string {
    this.#aliases.set(name, `topic-${this.#aliases.size}`);
    return name;
  }

  /** A group, the broker that coordinates it, and the one that does not. */
  async group(): Promise<{ readonly groupId: string; readonly at: number; readonly elsewhere: number }> {
    const groupId = this.#names.group();
    this.#aliases.set(groupId, `group-${this.#aliases.size}`);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const { errorCode, nodeId } = await this.ask('FindCoordinator', { keyType: 'group', key: groupId });
      const ready = nodeId >= 0 ? (await this.ask('DescribeGroups', { groups: [groupId] }, { node: nodeId })).groups[0]?.errorCode : null;
      if (errorCode === 'NONE' && ready === 'NONE')
        return { groupId, at: nodeId, elsewhere: nodeId === this.first ? this.second : this.first };
      await this.peer.wait(100);
    }
    throw new Error(`${groupId} has no coordinator`);
  }

  /** A topic with one partition per leader, known to all brokers. */
  async topic(leaders: readonly number[], configs: Record<string, string> = {}): Promise<string> {
    const name = this.topicName();
    const assignments = leaders.map((leader) => [leader]);
    await this.ask('CreateTopics', { topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments, configs }] });
    await this.known(name, leaders.length);
    for (const [partition, leader] of leaders.entries()) {
      await this.until(async () => {
        const { partitions } = await this.ask(
          'ListOffsets',
          { isolationLevel: 'read_uncommitted', partitions: [{ topic: name, partition, timestamp: -1 }] },
          { node: leader },
        );
        return partitions[0]?.errorCode === 'NONE';
      });
    }
    return name;
  }

  /** Until every broker tells of so many partitions; 0: of none. */
  async known(topic: string, partitions: number): Promise<void> {
    for (const node of this.peer.nodeIds) {
      await this.until(async () => (await this.ask('Metadata', { topics: [topic] }, { node })).topics[0]?.partitions.length === partitions);
    }
  }

  async until(holds: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (await holds()) return;
      await this.peer.wait(50);
    }
    throw new Error('It did not come to pass within 10 s');
  }

  open<A extends Api>(api: A, body: Apis[A]['request'], where: Where = {}): Open<A> {
    this.#connections += 1;
    return this.peer.open(api, body, where.node ?? this.first, where.connection ?? `talk-${this.#connections}`);
  }

  /** Not written down. */
  ask<A extends Api>(api: A, body: Apis[A]['request'], where: Where = {}): Promise<Response<A>> {
    return this.peer.open(api, body, where.node ?? this.first, where.connection ?? 'talk').answer;
  }

  async say<A extends Api>(label: string, api: A, body: Apis[A]['request'], where: Where = {}): Promise<Response<A>> {
    return this.hear(label, this.peer.open(api, body, where.node ?? this.first, where.connection ?? 'talk'));
  }

  async hear<A extends Api>(label: string, open: Open<A>): Promise<Response<A>> {
    const response = await open.answer;
    this.note(label, response);
    return response;
  }

  note(label: string, answer: unknown): void {
    if (this.transcript.some(([known]) => known === label)) throw new Error(`Two steps are called "${label}"`);
    this.transcript.push([label, this.#plain(answer)]);
  }

  /** Names that differ from run to run become numbers in the order of their first appearance, bytes become hex. */
  #plain(value: unknown, key = ''): unknown {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#plain(item));
      return SETS.has(key) ? items.sort((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right))) : items;
    }
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, item]) => (IGNORED.has(name) ? [] : [[name, this.#plain(item, name)]])),
      );
    }
    if (key === 'protocolName') return value ?? '';
    if (key === 'logAppendTimeMs' && typeof value === 'number' && value > 0) return 'a time';
    if (
      (key === 'memberId' || key === 'leader' || key === 'name' || key === 'topic' || key === 'groupId') &&
      typeof value === 'string' &&
      value !== ''
    )
      return this.#alias(value, key);
    if ((key === 'leader' || key === 'nodeId') && typeof value === 'number') return `node ${this.peer.nodeIds.indexOf(value)}`;
    return value;
  }

  #alias(name: string, key: string): string {
    const known = this.#aliases.get(name) ?? (key === 'memberId' || key === 'leader' ? `member-${this.#aliases.size}` : name);
    this.#aliases.set(name, known);
    return known;
  }
}

/** Lists whose order Kafka leaves to hash maps. */
const SETS = new Set(['members', 'partitions', 'topics', 'results']);

/** Texts, and what only one side tells. */
const IGNORED = new Set([
  'errorMessage',
  'topicId',
  'sizeInBytes',
  'maxTimestamp',
  'partitionLeaderEpoch',
  'producerId',
  'transactional',
  'control',
  'leaderEpoch',
]);

/** What `shape` has too, so that fields which the wire's version lacks do not count. */
export function likeShape(value: unknown, shape: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(shape)) return value.map((item, index) => likeShape(item, shape[index]));
  if (value !== null && shape !== null && typeof value === 'object' && typeof shape === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name in shape)
        .map(([name, item]) => [name, likeShape(item, (shape as Record<string, unknown>)[name])]),
    );
  }
  return value;
}

export function joinBody(
  groupId: string,
  memberId: string,
  changes: Partial<Apis['JoinGroup']['request']> = {},
): Apis['JoinGroup']['request'] {
  return {
    groupId,
    memberId,
    sessionTimeoutMs: 20_000,
    rebalanceTimeoutMs: 20_000,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: encodeSubscription(['orders']) }],
    ...changes,
  };
}
