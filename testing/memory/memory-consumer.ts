import { KafkaError } from '../../src/errors.ts';
import type {
  AssignedPartition,
  CommitResult,
  ConsumerListener,
  PartitionCommit,
  PartitionEpoch,
  TopicPartition,
  TransportConsumer,
  TransportConsumerOptions,
} from '../../src/transport.ts';
import { neverSettles } from '../simulation/incarnation.ts';
import { placeName, RETRY_BACKOFF_MS } from './client.ts';
import type { Client } from './client.ts';
import { isRetriable } from './error-table.ts';
import { Fetcher } from './fetcher.ts';
import type { HeldPartition } from './fetcher.ts';
import { GroupSession } from './group-session.ts';
import type { GenerationEnd, JoinedGroup } from './group-session.ts';
import { readRanges, readStandings } from './partition-reader.ts';
import { watchTopics } from './topic-watch.ts';

/** How long to wait before asking again for a topic that is gone (ms). */
const MISSING_TOPIC_BACKOFF_MS = 1_000;

/** The consumer of the memory transport: joins, holds partitions by epoch, fetches, commits, gives up. Eager rebalance, as in kafkajs. */
export class MemoryConsumer implements TransportConsumer {
  readonly #client: Client;
  readonly #options: TransportConsumerOptions;
  readonly #listener: ConsumerListener;
  readonly #session: GroupSession;
  readonly #fetcher: Fetcher;
  readonly #held = new Map<string, HeldPartition>();
  readonly #started = Promise.withResolvers<void>();
  /** Topics whose leaders are being looked for. */
  readonly #lookedFor = new Set<string>();
  #state: 'new' | 'running' | 'stopped' = 'new';
  #hasStarted = false;
  /** Between `revoked` and the rejoin: commits still go out, batches do not come in. */
  #isRevoking = false;
  #lastEpoch = 0;

  /** `purpose` is unique in the process: it names the connections. */
  constructor(client: Client, purpose: string, options: TransportConsumerOptions, listener: ConsumerListener) {
    this.#client = client;
    this.#options = options;
    this.#listener = listener;
    const warning = (error: KafkaError): void => {
      if (this.#state === 'running') listener.warning(error);
    };
    this.#session = new GroupSession(client, purpose, options, { warning });
    this.#fetcher = new Fetcher(client, purpose, options, {
      held: () => (this.#isRevoking ? [] : this.#held.values()),
      isHeld: (partition) => !this.#isRevoking && this.#held.get(placeName(partition)) === partition,
      batch: (batch) => listener.batch(batch),
      outOfRange: (partition, fetchedFrom, writtenOverFrom) => void this.#tellOutOfRange(partition, fetchedFrom, writtenOverFrom),
      misplaced: (partition) => void this.#lookAgain(partition),
      warning,
      failed: (error) => this.#die(error),
    });
  }

  start(): Promise<void> {
    if (this.#client.owner.refuses(() => `joined group ${this.#options.groupId}`)) return neverSettles();
    if (this.#state !== 'new') return Promise.reject(new KafkaError('MANAGER_STATE', 'A consumer starts once only'));
    this.#state = 'running';
    void this.#live();
    return this.#started.promise;
  }

  fetchFrom(partition: PartitionEpoch, offset: number): void {
    const held = this.#current(partition);
    if (held === null) return;
    held.offset = offset;
    this.#fetcher.kick();
  }

  pause(partitions: readonly PartitionEpoch[]): void {
    for (const partition of partitions) {
      const held = this.#current(partition);
      if (held !== null) held.paused = true;
    }
  }

  resume(partitions: readonly PartitionEpoch[]): void {
    for (const partition of partitions) {
      const held = this.#current(partition);
      if (held !== null) held.paused = false;
    }
    this.#fetcher.kick();
  }

  async commit(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
    if (this.#client.owner.refuses(() => `committed ${offsets.map((each) => `${placeName(each)}@${each.offset}`).join(', ')}`))
      return neverSettles();
    const isOver = (each: PartitionCommit): boolean => this.#current(each) === null;
    const over = (each: PartitionCommit): CommitResult => ({ ...each, outcome: 'refused', code: 'ILLEGAL_GENERATION', retriable: false });
    const sent = offsets.filter((each) => !isOver(each));
    const ofTheDead = new Set(offsets.filter(isOver));
    const results = sent.length === 0 ? [] : await this.#send(sent);
    return offsets.map((each) => (ofTheDead.has(each) ? over(each) : (results[sent.indexOf(each)] as CommitResult)));
  }

  fetchTurnedAt(): number | null {
    return this.#fetcher.turnedAt;
  }

  async stop(): Promise<void> {
    if (this.#client.owner.refuses(() => `left group ${this.#options.groupId}`)) return neverSettles();
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#held.clear();
    this.#fetcher.stop();
    if (!this.#hasStarted)
      this.#started.reject(
        new KafkaError('CONSUMER_FAILED', `The consumer was stopped before it had joined group ${this.#options.groupId}`),
      );
    // Nobody may wait for a start that was given up.
    this.#started.promise.catch(() => {});
    await this.#session.stop();
  }

  /** From join to join, until stopped. */
  async #live(): Promise<void> {
    try {
      while (this.#state === 'running') {
        const joined = await this.#session.join();
        if (joined === null) return;
        const end = await this.#serve(joined);
        if (this.#state !== 'running') return;
        if (end.kind === 'rebalance') await this.#revoke();
        else this.#lose([...this.#held.values()], end.cause);
        if (end.kind === 'fatal') throw end.cause;
      }
    } catch (error) {
      this.#die(error);
    }
  }

  async #serve(joined: JoinedGroup): Promise<GenerationEnd> {
    const beat = this.#session.beat();
    const isCurrent = (): boolean =>
      this.#state === 'running' && this.#session.generation === joined.generation && this.#session.memberId === joined.memberId;
    const watch =
      joined.assignedFrom === null
        ? null
        : watchTopics(this.#client, joined.assignedFrom, this.#options.requestTimeoutMs, isCurrent, beat.interrupt);
    const hasEnded = { value: false };
    const ended = beat.ended.finally(() => {
      hasEnded.value = true;
      watch?.cancel();
    });
    const failed = this.#assign(joined.partitions, () => isCurrent() && !hasEnded.value).then(
      () => null,
      (error: unknown): GenerationEnd => ({ kind: 'fatal', cause: asKafkaError(error) }),
    );
    return (await Promise.race([failed, ended])) ?? (await ended);
  }

  /** Reads where the partitions stand, until it succeeds or the generation is over, and hands them over under new epochs. */
  async #assign(partitions: readonly TopicPartition[], isCurrent: () => boolean): Promise<void> {
    while (isCurrent()) {
      try {
        const standings = await readStandings(this.#client, this.#options, this.#session.coordinator ?? 1, partitions);
        if (isCurrent()) this.#handOver(standings.map((standing) => ({ ...standing, epoch: this.#nextEpoch() })));
        return;
      } catch (error) {
        if (!isCurrent()) return;
        if (!(error instanceof KafkaError)) throw error;
        this.#listener.warning(error);
        await this.#client.sleep(RETRY_BACKOFF_MS);
        // A leader may have moved, or partitions were added since this member last looked.
        for (const topic of new Set(partitions.map((each) => each.topic))) await this.#refresh(topic);
      }
    }
  }

  #handOver(partitions: readonly AssignedPartition[]): void {
    for (const { topic, partition, epoch, topicId } of partitions) {
      this.#held.set(placeName({ topic, partition }), {
        topic,
        partition,
        epoch,
        topicId,
        offset: null,
        paused: false,
        inTransit: false,
        lastFetched: null,
        hasBatch: false,
      });
    }
    this.#listener.assigned({ memberId: this.#session.memberId, generation: this.#session.generation, partitions });
    this.#hasStarted = true;
    this.#started.resolve();
  }

  async #revoke(): Promise<void> {
    const partitions = [...this.#held.values()].map(epochOf);
    if (partitions.length > 0) {
      this.#isRevoking = true;
      // The others wait for the rebalance time-out; up to one heartbeat of it had passed before this member heard.
      const graceMs = Math.max(0, this.#options.rebalanceTimeoutMs - 2 * this.#options.heartbeatIntervalMs);
      await Promise.race([this.#listener.revoked(partitions, { graceMs }), this.#client.sleep(graceMs)]);
      this.#isRevoking = false;
    }
    this.#held.clear();
  }

  #lose(partitions: readonly HeldPartition[], cause: KafkaError): void {
    for (const partition of partitions) this.#held.delete(placeName(partition));
    if (partitions.length > 0) this.#listener.lost(partitions.map(epochOf), cause);
  }

  async #send(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
    const { groupId, groupInstanceId, requestTimeoutMs } = this.#options;
    const { memberId, generation, coordinator } = this.#session;
    const partitions = offsets.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partition,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      metadata,
    }));
    const body = { api: 'OffsetCommit', groupId, generationId: generation, memberId, groupInstanceId, partitions } as const;
    if (coordinator === null) return offsets.map((each) => ({ ...each, outcome: 'refused', code: 'NOT_COORDINATOR', retriable: true }));
    try {
      const response = await this.#session.request(body, requestTimeoutMs);
      return offsets.map((each, index) => {
        const code = response.partitions[index]?.errorCode ?? 'UNKNOWN_SERVER_ERROR';
        return code === 'NONE' ? { ...each, outcome: 'acknowledged' } : { ...each, outcome: 'refused', code, retriable: isRetriable(code) };
      });
    } catch (error) {
      return offsets.map((each) => ({ ...each, outcome: 'unknown', cause: asKafkaError(error) }));
    }
  }

  async #tellOutOfRange(partition: HeldPartition, fetchedFrom: number, writtenOverFrom: number | null): Promise<void> {
    const isHeld = (): boolean => this.#state === 'running' && !this.#isRevoking && this.#current(partition) === partition;
    while (isHeld()) {
      try {
        await this.#client.refresh([partition.topic], this.#options.requestTimeoutMs);
        if (this.#wasReplaced(partition)) return this.#startAgain(partition);
        const range = (await readRanges(this.#client, this.#options, [partition])).get(placeName(partition));
        const writtenOver = writtenOverFrom === null ? {} : { writtenOverFrom };
        if (range !== undefined && isHeld()) this.#listener.outOfRange({ ...epochOf(partition), ...range, fetchedFrom, ...writtenOver });
        return;
      } catch (error) {
        if (!isHeld()) return;
        this.#listener.warning(asKafkaError(error));
        await this.#client.sleep(RETRY_BACKOFF_MS);
      }
    }
  }

  /** The leader does not know the partition: it moved, or the topic is gone, or was made again. Looks until it is found or no longer held. */
  async #lookAgain(partition: HeldPartition): Promise<void> {
    const { topic } = partition;
    if (this.#lookedFor.has(topic)) return;
    this.#lookedFor.add(topic);
    const held = (): readonly HeldPartition[] => [...this.#held.values()].filter((each) => each.topic === topic);
    while (this.#state === 'running' && held().length > 0) {
      const answered = await this.#refresh(topic);
      for (const each of held()) if (this.#wasReplaced(each)) this.#startAgain(each);
      if (answered && held().every((each) => this.#client.leaderOf(each) !== undefined)) break;
      await this.#client.sleep(answered ? MISSING_TOPIC_BACKOFF_MS : RETRY_BACKOFF_MS);
    }
    this.#lookedFor.delete(topic);
    this.#fetcher.kick();
  }

  /** Whether it was answered. */
  async #refresh(topic: string): Promise<boolean> {
    try {
      await this.#client.refresh([topic], this.#options.requestTimeoutMs);
      return true;
    } catch (error) {
      if (this.#state === 'running') this.#listener.warning(asKafkaError(error));
      return false;
    }
  }

  #wasReplaced(partition: HeldPartition): boolean {
    const topicId = this.#client.topicId(partition.topic);
    return topicId !== null && topicId !== partition.topicId;
  }

  /** Another log under the same name: what is known of the old one must not be committed to the new one. */
  #startAgain(partition: HeldPartition): void {
    if (this.#isRevoking || this.#current(partition) !== partition) return;
    const { generation } = this.#session;
    this.#lose(
      [partition],
      new KafkaError('UNKNOWN_TOPIC', `Topic ${partition.topic} was deleted and made again`, { kafkaCode: 'UNKNOWN_TOPIC_ID' }),
    );
    const isCurrent = (): boolean => this.#state === 'running' && this.#session.generation === generation && !this.#isRevoking;
    this.#assign([partition], isCurrent).catch((error: unknown) => this.#die(error));
  }

  #die(error: unknown): void {
    if (this.#state === 'stopped') return;
    const cause = asKafkaError(error);
    this.#lose([...this.#held.values()], cause);
    this.#state = 'stopped';
    this.#fetcher.stop();
    void this.#session.stop();
    if (this.#hasStarted) this.#listener.failed(cause);
    else this.#started.reject(cause);
  }

  #current(partition: PartitionEpoch): HeldPartition | null {
    const held = this.#held.get(placeName(partition));
    return held !== undefined && held.epoch === partition.epoch ? held : null;
  }

  #nextEpoch(): number {
    this.#lastEpoch += 1;
    return this.#lastEpoch;
  }
}

function epochOf({ topic, partition, epoch }: PartitionEpoch): PartitionEpoch {
  return { topic, partition, epoch };
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error;
  return new KafkaError('CONSUMER_FAILED', `The memory transport failed: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
