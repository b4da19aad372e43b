import { KafkaError } from '../../src/errors.ts';
import type { TopicPartition, TransportConsumerOptions } from '../../src/transport.ts';
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment, encodeSubscription } from '../broker/consumer-protocol.ts';
import type { NodeId, Response } from '../broker/protocol.ts';
import { RETRY_BACKOFF_MS } from './client.ts';
import type { Client } from './client.ts';
import { ASSIGNORS, planGroup } from './group-plan.ts';
import { groupRefusal, isFatalForGroup } from './group-refusal.ts';
import type { RequestBody } from './request-body.ts';

/** A join that succeeded. */
export interface JoinedGroup {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: readonly TopicPartition[];
  /** The leader only: how many partitions the group's topics had when it assigned them. 0: no such topic. Null for the others. */
  readonly assignedFrom: ReadonlyMap<string, number> | null;
}

/** How a generation ended for this member. */
export type GenerationEnd =
  | { readonly kind: 'rebalance' }
  | { readonly kind: 'lost'; readonly cause: KafkaError }
  | { readonly kind: 'fatal'; readonly cause: KafkaError };

export interface GroupSessionEvents {
  warning(error: KafkaError): void;
}

/** One consumer's side of the classic group protocol: find the coordinator, join, sync, beat, leave. */
export class GroupSession {
  readonly #client: Client;
  readonly #purpose: string;
  readonly #options: TransportConsumerOptions;
  readonly #events: GroupSessionEvents;
  #coordinator: NodeId | null = null;
  #memberId = '';
  #generation = -1;
  #stopped = false;
  /** Raised with each generation: heartbeats of the one before end by it. */
  #beating = 0;

  constructor(client: Client, purpose: string, options: TransportConsumerOptions, events: GroupSessionEvents) {
    this.#client = client;
    this.#purpose = `${purpose}:group`;
    this.#options = options;
    this.#events = events;
  }

  get memberId(): string {
    return this.#memberId;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Known since the first join. */
  get coordinator(): NodeId | null {
    return this.#coordinator;
  }

  /** Joins until it succeeds, `stop` is called (then null), or an error that cannot be mended (thrown). */
  async join(): Promise<JoinedGroup | null> {
    this.#beating += 1;
    while (!this.#stopped) {
      try {
        const joined = await this.#tryJoin();
        if (joined !== null) return joined;
      } catch (error) {
        if (this.#stopped) return null;
        if (!(error instanceof KafkaError) || error.code !== 'BROKER_UNREACHABLE') throw error;
        this.#events.warning(error);
        this.#forgetCoordinator();
      }
      if (!this.#stopped) await this.#client.sleep(RETRY_BACKOFF_MS);
    }
    return null;
  }

  /** Beats until the generation ends. `interrupt` of the answer ends it as a rebalance from inside. */
  beat(): { readonly ended: Promise<GenerationEnd>; readonly interrupt: () => void } {
    this.#beating += 1;
    const beating = this.#beating;
    const { promise, resolve } = Promise.withResolvers<GenerationEnd>();
    const next = (): void => {
      this.#client.clock.setTimer(this.#options.heartbeatIntervalMs, () => {
        if (this.#beating !== beating || this.#stopped) return;
        this.#heartbeat().then(
          (end) => {
            if (end !== null) resolve(end);
            // After a call to rebalance the member stays alive until it has given up its partitions and joins again.
            if (end === null || end.kind === 'rebalance') next();
          },
          (error: unknown) => {
            resolve({ kind: 'fatal', cause: new KafkaError('CONSUMER_FAILED', 'The heartbeat failed', { cause: error }) });
          },
        );
      });
    };
    next();
    return { ended: promise, interrupt: () => resolve({ kind: 'rebalance' }) };
  }

  /** A commit of the member, on the same connection as its heartbeats. */
  request(body: RequestBody<'OffsetCommit'>, timeoutMs: number): Promise<Response<'OffsetCommit'>> {
    return this.#client.request(this.#purpose, this.#coordinator as NodeId, body, timeoutMs);
  }

  /** Leaves as the protocol has it: a static member stays. Never rejects. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#beating += 1;
    const coordinator = this.#coordinator;
    // A held-back JoinGroup would hold a LeaveGroup of the same connection back as well.
    this.#client.closePurpose(this.#purpose);
    if (coordinator === null || this.#memberId === '' || this.#options.groupInstanceId !== null) return;
    const members = [{ memberId: this.#memberId, groupInstanceId: null }];
    const { groupId, requestTimeoutMs } = this.#options;
    try {
      await this.#client.request(`${this.#purpose}:leave`, coordinator, { api: 'LeaveGroup', groupId, members }, requestTimeoutMs);
    } catch {
      // Not told in time: the broker finds out by the session time-out.
    }
  }

  /** Null: try again. */
  async #tryJoin(): Promise<JoinedGroup | null> {
    const coordinator = await this.#findCoordinator();
    if (coordinator === null) return null;
    const answer = await this.#joinGroup(coordinator);
    if (answer === null) return null;
    this.#generation = answer.generationId;
    const plan =
      answer.leader === answer.memberId && !answer.skipAssignment
        ? await planGroup(this.#client, this.#options, answer, this.#events.warning)
        : null;
    const sync = await this.#client.request(
      this.#purpose,
      coordinator,
      {
        api: 'SyncGroup',
        groupId: this.#options.groupId,
        generationId: answer.generationId,
        memberId: this.#memberId,
        groupInstanceId: this.#options.groupInstanceId,
        protocolType: CONSUMER_PROTOCOL_TYPE,
        protocolName: answer.protocolName,
        assignments: plan?.assignments ?? [],
      },
      this.#options.rebalanceTimeoutMs + this.#options.requestTimeoutMs,
    );
    if (sync.errorCode !== 'NONE') return this.#goOn(sync.errorCode, 'SyncGroup');
    const assignment = decodeAssignment(sync.assignment);
    if (assignment === null) throw new KafkaError('PROTOCOL', `The assignment of group ${this.#options.groupId} cannot be read`);
    return {
      memberId: this.#memberId,
      generation: answer.generationId,
      partitions: assignment.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
      assignedFrom: plan?.partitionCounts ?? null,
    };
  }

  async #findCoordinator(): Promise<NodeId | null> {
    if (this.#coordinator !== null) return this.#coordinator;
    const { groupId, requestTimeoutMs } = this.#options;
    const found = await this.#client.askAny({ api: 'FindCoordinator', keyType: 'group', key: groupId }, requestTimeoutMs);
    if (found.errorCode !== 'NONE') return this.#goOn(found.errorCode, 'FindCoordinator');
    this.#coordinator = found.nodeId;
    return found.nodeId;
  }

  async #joinGroup(coordinator: NodeId): Promise<Response<'JoinGroup'> | null> {
    const metadata = encodeSubscription(this.#options.topics);
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, requestTimeoutMs } = this.#options;
    const protocols = ASSIGNORS.map(({ name }) => ({ name, metadata }));
    for (;;) {
      const answer = await this.#client.request(
        this.#purpose,
        coordinator,
        {
          api: 'JoinGroup',
          groupId,
          sessionTimeoutMs,
          rebalanceTimeoutMs,
          memberId: this.#memberId,
          groupInstanceId,
          protocolType: CONSUMER_PROTOCOL_TYPE,
          protocols,
          supportsSkippingAssignment: true,
        },
        rebalanceTimeoutMs + requestTimeoutMs,
      );
      const isFirstAnswer = answer.errorCode === 'MEMBER_ID_REQUIRED' && this.#memberId === '';
      if (isFirstAnswer || answer.errorCode === 'NONE') this.#memberId = answer.memberId;
      if (answer.errorCode === 'NONE') return answer;
      if (!isFirstAnswer) return this.#goOn(answer.errorCode, 'JoinGroup');
    }
  }

  /** Null: the generation goes on. */
  async #heartbeat(): Promise<GenerationEnd | null> {
    const { groupId, groupInstanceId, requestTimeoutMs } = this.#options;
    const body = { api: 'Heartbeat', groupId, generationId: this.#generation, memberId: this.#memberId, groupInstanceId } as const;
    let errorCode: string;
    try {
      const coordinator = await this.#findCoordinator();
      if (coordinator === null) return null;
      ({ errorCode } = await this.#client.request(this.#purpose, coordinator, body, requestTimeoutMs));
    } catch (error) {
      // One lost heartbeat: the next one tells.
      if (!this.#stopped && error instanceof KafkaError) this.#events.warning(error);
      return null;
    }
    if (errorCode === 'NONE') return null;
    if (errorCode === 'REBALANCE_IN_PROGRESS') return { kind: 'rebalance' };
    const cause = groupRefusal(this.#options, this.#memberId, errorCode, 'Heartbeat');
    this.#learn(errorCode);
    // The group lives on elsewhere: the next heartbeat looks for it.
    if (this.#coordinator === null) return null;
    if (isFatalForGroup(errorCode)) return { kind: 'fatal', cause };
    return { kind: 'lost', cause };
  }

  /** Throws where trying again cannot help; null: try again. */
  #goOn(errorCode: string, api: string): null {
    if (isFatalForGroup(errorCode)) throw groupRefusal(this.#options, this.#memberId, errorCode, api);
    this.#learn(errorCode);
    return null;
  }

  #learn(errorCode: string): void {
    if (errorCode === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    if (errorCode === 'NOT_COORDINATOR' || errorCode === 'COORDINATOR_NOT_AVAILABLE') this.#forgetCoordinator();
  }

  #forgetCoordinator(): void {
    this.#coordinator = null;
    this.#client.closePurpose(this.#purpose);
  }
}
