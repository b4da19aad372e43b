import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Apis, Response } from '../../testing/broker/protocol.ts';
import type { Sent } from './harness.ts';
import { commitRequest, Harness, joinRequest } from './harness.ts';

/**
 * Random clients against the group coordinator, judged by what clients see: no knowledge of the coordinator's own state.
 * A client has one connection and one open request at a time, as real ones do; it may also die (its connection is closed).
 */
interface Client {
  readonly name: string;
  readonly groupInstanceId: string | null;
  memberId: string;
  generationId: number;
  /** The generation in which it has an assignment, and the assignment. */
  assignment: string | null;
  leads: readonly string[] | null;
  connection: string;
  open: { readonly kind: 'join' | 'sync'; readonly sent: Sent<'JoinGroup'> | Sent<'SyncGroup'> } | null;
  readonly openSince: { ms: number };
}

type Step =
  | {
      readonly kind: 'join' | 'sync' | 'heartbeat' | 'commit' | 'old-commit' | 'leave' | 'die' | 'restart' | 'change';
      readonly client: number;
    }
  | { readonly kind: 'wait'; readonly ms: number };

const CLIENTS = 5;
const SESSION_MS = 10_000;
const REBALANCE_MS = 15_000;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constantFrom('join' as const, 'sync' as const, 'heartbeat' as const), client: fc.nat(CLIENTS - 1) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'old-commit' as const), client: fc.nat(CLIENTS - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('leave' as const, 'die' as const, 'restart' as const, 'change' as const),
      client: fc.nat(CLIENTS - 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, 3_000, 9_999, 20_000) }) },
);

class Play {
  readonly harness = new Harness();
  readonly clients: Client[] = Array.from({ length: CLIENTS }, (_, index) => ({
    name: `c${index}`,
    // The last two are static, and share an instance id: they fence each other.
    groupInstanceId: index >= CLIENTS - 2 ? 'pod' : null,
    memberId: '',
    generationId: -1,
    assignment: null,
    leads: null,
    connection: `c${index}#0`,
    open: null,
    openSince: { ms: 0 },
  }));
  readonly counts = { joined: 0, synced: 0, evicted: 0, rebalancing: 0, refusedCommits: 0, takenCommits: 0, fenced: 0 };
  /** Assignments handed out: generation → partition → member. */
  readonly owners = new Map<number, Map<string, string>>();
  #version = 0;
  #connections = 0;
  #highestGeneration = 0;
  #committed: number | null = null;

  constructor() {
    this.harness.createTopic('orders', CLIENTS);
  }

  run(steps: readonly Step[]): void {
    for (const each of steps) {
      if (each.kind === 'wait') this.#wait(each.ms);
      else this.#act(each.kind, this.clients[each.client] as Client);
      this.#readReplies();
      this.#check();
    }
  }

  /** Whatever is parked must be answered by time alone, without another request of anybody. */
  settle(): void {
    for (let rounds = 0; this.clients.some(({ open }) => open !== null); rounds += 1) {
      const deadline = this.harness.cluster.nextDeadline();
      expect(deadline, 'a parked request and no deadline: it would wait for ever').not.toBeNull();
      expect(rounds).toBeLessThan(500);
      this.#wait((deadline ?? 0) - this.harness.now);
      this.#readReplies();
      this.#check();
    }
  }

  #act(kind: Exclude<Step['kind'], 'wait'>, client: Client): void {
    if (kind === 'die') return this.#die(client);
    if (kind === 'change') {
      this.#version += 1;
      return;
    }
    if (client.open !== null) return;
    if (kind === 'restart') {
      this.#die(client);
      client.memberId = '';
      client.generationId = -1;
      return;
    }
    if (kind === 'join') return this.#join(client);
    if (client.memberId === '') return;
    if (kind === 'sync') this.#sync(client);
    else if (kind === 'leave') this.#leave(client);
    else if (kind === 'heartbeat') this.#heartbeat(client);
    else this.#commit(client, kind === 'old-commit' ? client.generationId - 1 : client.generationId);
  }

  #join(client: Client): void {
    client.assignment = null;
    const request = joinRequest('g', client.memberId, {
      groupInstanceId: client.groupInstanceId,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocols: [{ name: 'range', metadata: new Uint8Array([this.#version % 3]) }],
    });
    client.open = { kind: 'join', sent: this.harness.send('JoinGroup', request, this.#route(client)) };
    client.openSince.ms = this.harness.now;
  }

  #sync(client: Client): void {
    // A leader gives each member one partition of its own.
    const assignments = (client.leads ?? []).map((memberId, index) => ({ memberId, assignment: new TextEncoder().encode(`p${index}`) }));
    const request: Apis['SyncGroup']['request'] = {
      groupId: 'g',
      generationId: client.generationId,
      memberId: client.memberId,
      groupInstanceId: client.groupInstanceId,
      assignments,
    };
    client.open = { kind: 'sync', sent: this.harness.send('SyncGroup', request, this.#route(client)) };
    client.openSince.ms = this.harness.now;
  }

  #leave(client: Client): void {
    const response = this.harness.ask(
      'LeaveGroup',
      { groupId: 'g', members: [{ memberId: client.memberId, groupInstanceId: client.groupInstanceId }] },
      this.#route(client),
    );
    expect(response.errorCode).toBe('NONE');
    if (response.members[0]?.errorCode === 'NONE') this.#expectOutOf(client);
    this.#forget(client);
  }

  #expectOutOf(client: Client): void {
    expect(this.harness.cluster.group('g')?.members.some(({ memberId }) => memberId === client.memberId)).toBe(false);
  }

  #heartbeat(client: Client): void {
    const { memberId, generationId, groupInstanceId } = client;
    const { errorCode } = this.harness.ask('Heartbeat', { groupId: 'g', memberId, generationId, groupInstanceId }, this.#route(client));
    if (errorCode === 'REBALANCE_IN_PROGRESS') this.counts.rebalancing += 1;
    else if (errorCode === 'NONE') expect(generationId).toBe(this.#highestGeneration);
    else this.#lost(client, errorCode);
  }

  #commit(client: Client, generationId: number): void {
    if (generationId < 0) return;
    const offset = this.harness.now;
    const before = this.harness.cluster.committedOffset('g', 'orders', 0)?.offset ?? null;
    expect(before).toBe(this.#committed);
    const request = { ...commitRequest('g', generationId, client.memberId, offset), groupInstanceId: client.groupInstanceId };
    const errorCode = this.harness.ask('OffsetCommit', request, this.#route(client)).partitions[0]?.errorCode;
    if (errorCode === 'NONE') {
      this.counts.takenCommits += 1;
      // Taken from a member of the current generation only, or from nobody's group.
      expect(generationId).toBe(this.harness.cluster.group('g')?.generationId);
      expect(generationId).toBe(this.#highestGeneration);
      expect(this.harness.cluster.group('g')?.members.map(({ memberId }) => memberId)).toContain(client.memberId);
      this.#committed = offset;
    } else {
      this.counts.refusedCommits += 1;
      expect(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']).toContain(errorCode);
    }
    expect(this.harness.cluster.committedOffset('g', 'orders', 0)?.offset ?? null).toBe(this.#committed);
  }

  #die(client: Client): void {
    this.harness.cluster.disconnect(client.connection);
    this.#connections += 1;
    client.connection = `${client.name}#${this.#connections}`;
    client.open = null;
    client.assignment = null;
    client.leads = null;
  }

  #wait(ms: number): void {
    this.harness.advance(ms);
  }

  #readReplies(): void {
    for (const client of this.clients) {
      const response = client.open?.sent.response() ?? null;
      if (response === null) continue;
      client.open = null;
      if (response.api === 'JoinGroup') this.#joined(client, response);
      else this.#synced(client, response);
    }
  }

  #joined(client: Client, response: Response<'JoinGroup'>): void {
    if (response.errorCode === 'MEMBER_ID_REQUIRED') {
      client.memberId = response.memberId;
    } else if (response.errorCode === 'NONE') {
      this.counts.joined += 1;
      expect(response.generationId).toBeGreaterThanOrEqual(this.#highestGeneration);
      expect(response.memberId).not.toBe('');
      if (client.memberId !== '') expect(response.memberId).toBe(client.memberId);
      this.#highestGeneration = response.generationId;
      client.memberId = response.memberId;
      client.generationId = response.generationId;
      client.leads = response.leader === response.memberId ? response.members.map(({ memberId }) => memberId) : null;
      if (client.leads !== null) expect(client.leads).toContain(client.memberId);
    } else {
      this.#lost(client, response.errorCode);
    }
  }

  #synced(client: Client, response: Response<'SyncGroup'>): void {
    if (response.errorCode === 'NONE') {
      this.counts.synced += 1;
      const assignment = new TextDecoder().decode(response.assignment);
      client.assignment = assignment;
      if (assignment === '') return;
      const owners = this.owners.get(client.generationId) ?? new Map<string, string>();
      this.owners.set(client.generationId, owners);
      const owner = owners.get(assignment);
      // The static instance may come back under a new member id with the same assignment.
      if (owner !== undefined && !(owner.startsWith('pod-') && client.memberId.startsWith('pod-'))) expect(owner).toBe(client.memberId);
      owners.set(assignment, client.memberId);
    } else if (response.errorCode !== 'REBALANCE_IN_PROGRESS') {
      this.#lost(client, response.errorCode);
    }
  }

  #lost(client: Client, errorCode: string): void {
    expect(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']).toContain(errorCode);
    if (errorCode === 'FENCED_INSTANCE_ID') this.counts.fenced += 1;
    else this.counts.evicted += 1;
    this.#forget(client);
  }

  #forget(client: Client): void {
    client.memberId = '';
    client.generationId = -1;
    client.assignment = null;
    client.leads = null;
  }

  #route(client: Client): { readonly connection: string; readonly clientId: string } {
    return { connection: client.connection, clientId: client.name };
  }

  #check(): void {
    const group = this.harness.cluster.group('g');
    if (group !== null) this.#highestGeneration = Math.max(this.#highestGeneration, group.generationId);
    if (group?.state === 'Empty') expect(group.members).toEqual([]);
    else if (group !== null && group.members.length > 0) expect(group.members.map(({ memberId }) => memberId)).toContain(group.leader);
    // At most one generation's assignment is valid: whoever holds one that the coordinator accepts is of the same generation.
    const valid = this.clients.filter(
      ({ assignment, generationId, memberId }) =>
        assignment !== null && generationId === group?.generationId && group.members.some((member) => member.memberId === memberId),
    );
    const held = valid.map(({ assignment }) => assignment).filter((assignment) => assignment !== '');
    expect(new Set(held).size).toBe(held.length);
    // Nothing is parked longer than the barriers allow: the join barrier, then the sync barrier.
    for (const client of this.clients) {
      if (client.open !== null) expect(this.harness.now - client.openSince.ms).toBeLessThanOrEqual(2 * REBALANCE_MS + SESSION_MS + 20_000);
    }
  }
}

describe('Random members', () => {
  test('never share a partition in a generation, commit in an old one, or wait for ever', () => {
    const total = { joined: 0, synced: 0, evicted: 0, rebalancing: 0, refusedCommits: 0, takenCommits: 0, fenced: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }), (steps) => {
        const play = new Play();
        play.run(steps);
        play.settle();
        for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += play.counts[key];
      }),
      { numRuns: 400 },
    );
    // A run in which nothing happened proves nothing.
    for (const [what, count] of Object.entries(total)) expect(count, what).toBeGreaterThan(20);
  });

  test('get the same replies for the same requests', () => {
    const transcript = (steps: readonly Step[]): string => {
      const play = new Play();
      play.run(steps);
      play.settle();
      return JSON.stringify(play.harness.replies);
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        expect(transcript(steps)).toBe(transcript(steps));
      }),
      { numRuns: 30 },
    );
  });

  test('see the same whether time goes in one step or in many', () => {
    const transcript = (steps: readonly Step[], slices: number): string => {
      const play = new Play();
      play.run(
        steps.flatMap((each) =>
          each.kind === 'wait' && each.ms >= slices
            ? Array.from({ length: slices }, (_, index) => ({
                kind: 'wait' as const,
                ms: Math.floor((each.ms * (index + 1)) / slices) - Math.floor((each.ms * index) / slices),
              }))
            : [each],
        ),
      );
      return JSON.stringify(play.harness.replies);
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        expect(transcript(steps, 7)).toBe(transcript(steps, 1));
      }),
      { numRuns: 60 },
    );
  });
});
