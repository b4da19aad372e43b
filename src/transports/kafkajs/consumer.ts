import type { Consumer as KafkajsConsumer, Kafka } from 'kafkajs';
import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import type {
  CommitResult,
  ConsumerListener,
  PartitionCommit,
  PartitionEpoch,
  TransportConsumer,
  TransportConsumerOptions,
} from '../../transport.ts';
import { Announcer } from './announcer.ts';
import { awaitTopics } from './await-topics.ts';
import { commitOffsets } from './commit.ts';
import { closeConnections, rejectRequests } from './connections.ts';
import { Fetcher } from './fetcher.ts';
import type { HookedBrokers } from './group-hooks.ts';
import { hookBrokers, rejoin } from './group-hooks.ts';
import type { HeldPartition, Membership } from './held-partitions.ts';
import { HeldPartitions, toEpoch } from './held-partitions.ts';
import type { Broker, Cluster, ClusterAccess } from './kafkajs-internals.ts';
import { innermost, kafkaCodeOf } from './kafkajs-internals.ts';
import { MetadataWatch } from './metadata-watch.ts';
import { openGroupConsumer } from './open-group-consumer.ts';
import { readRange } from './read-range.ts';
import { Revocation } from './revocation.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { explainSessionTimeout } from './session-bounds.ts';
import { isConnection, translateError } from './translate-error.ts';
import { wait, within } from './wait.ts';

const POLL_MS = 100;
const STOPPED = 'The consumer has stopped.';
const MAX_BACKOFF_MS = 1_000;
const SESSION_REFUSED = 'INVALID_SESSION_TIMEOUT';
/** So long a stop waits for the coordinator; what a silent one does not hear, it learns by the session. */
const LEAVE_MS = 1_500;

export interface ConsumerParts {
  readonly makeClient: (isOver: () => boolean) => Kafka;
  /** The transport's own, connected. */
  readonly adminCluster: () => Promise<Cluster>;
  readonly clock: Clock;
  readonly facts: ConnectionFacts;
  readonly metadataMaxAgeMs: number;
  readonly checkCrcs: boolean;
  readonly options: TransportConsumerOptions;
  readonly listener: ConsumerListener;
}

/** kafkajs runs the group, `Fetcher` the data; this class tells the listener, and keeps the epochs. */
export class KafkajsTransportConsumer implements TransportConsumer {
  readonly #adminCluster: () => Promise<Cluster>;
  readonly #clock: Clock;
  readonly #facts: ConnectionFacts;
  readonly #options: TransportConsumerOptions;
  readonly #listener: ConsumerListener;
  readonly #held = new HeldPartitions();
  readonly #fetcher: Fetcher;
  readonly #metadata: MetadataWatch;
  readonly #consumer: KafkajsConsumer;
  readonly #access: ClusterAccess;
  readonly #brokers: HookedBrokers;
  readonly #revocation: Revocation;
  readonly #announcer: Announcer;
  readonly #firstAssigned = Promise.withResolvers<void>();
  #membership: Membership | null = null;
  /** The membership that a rebalance ends: the member joins again. */
  #calledBack: Membership | null = null;
  #rejoinBecause: unknown = null;
  #over = false;
  /** The group is left, or it takes too long. */
  readonly #left = Promise.withResolvers<void>();
  /** kafkajs may go on no more. */
  #closed = false;
  #stopping: Promise<void> | null = null;
  /** When the coordinator last knew this member: when that was sent which it answered so. */
  #heardAt = 0;

  constructor({ makeClient, adminCluster, clock, facts, metadataMaxAgeMs, checkCrcs, options, listener }: ConsumerParts) {
    this.#clock = clock;
    this.#adminCluster = adminCluster;
    this.#facts = facts;
    this.#options = options;
    this.#listener = listener;
    // Nobody waits for it if `start` fails or is never called.
    this.#firstAssigned.promise.catch(() => {});
    const { consumer, access } = openGroupConsumer({
      client: makeClient(() => this.#over),
      clock,
      metadataMaxAgeMs,
      options,
      isOver: () => this.#over,
    });
    this.#consumer = consumer;
    this.#access = access;
    this.#revocation = new Revocation({
      clock,
      options,
      brokers: () => this.#brokers,
      findCoordinator: () => this.#access.cluster.findGroupCoordinator({ groupId: options.groupId }),
      heard: (sentAt) => this.#heard(sentAt),
      silentMs: () => this.#clock.now() - this.#heardAt,
    });
    this.#metadata = new MetadataWatch({
      clock,
      facts,
      cluster: this.#access.cluster,
      topics: options.topics,
      held: () => this.#held.all(),
      gone: (partitions, cause) => this.#gone(partitions, cause),
      warn: (error) => this.#warn(error),
    });
    this.#fetcher = new Fetcher({
      clock,
      options,
      checkCrcs,
      held: this.#held,
      listener,
      outOfRange: (held, fetchedFrom, writtenOverFrom) => void this.#reportOutOfRange(held, fetchedFrom, writtenOverFrom),
      staleMetadata: (held, kafkaCode) => this.#metadata.refused(held, kafkaCode),
      brokerFailed: (broker, error) => this.#metadata.brokerFailed(broker, error),
      warn: (error) => this.#warn(error),
      fail: (error) => this.#fail(error),
    });
    this.#brokers = hookBrokers(this.#access.cluster, {
      isOver: () => this.#over,
      left: () => this.#left.promise,
      isClosed: () => this.#closed,
      joining: () => this.#joining(),
      joined: (membership) => {
        this.#membership = membership;
        this.#heard(this.#clock.now());
      },
      now: () => this.#clock.now(),
      heartbeatAnswered: (sentAt) => this.#heard(sentAt),
      heartbeatRefused: (kind, sentAt, error) => this.#heartbeatRefused(kind, sentAt, error),
      poll: (broker, led) => this.#poll(broker, led),
    });
    this.#announcer = new Announcer({
      groupId: options.groupId,
      clock,
      facts,
      cluster: this.#access.cluster,
      brokers: this.#brokers,
      held: this.#held,
      metadata: this.#metadata,
      isCurrent: (membership) => !this.#over && this.#membership === membership && this.#calledBack !== membership,
      assigned: (assignment) => {
        listener.assigned(assignment);
        this.#firstAssigned.resolve();
      },
      warn: (error) => this.#warn(error),
      fail: (error) => this.#fail(error),
    });
    this.#listen();
  }

  async start(): Promise<void> {
    const { topics, groupId } = this.#options;
    try {
      await this.#consumer.connect();
      await awaitTopics(this.#access.cluster, topics, this.#clock, () => this.#over);
      if (!this.#over) await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
      if (!this.#over) await this.#run();
    } catch (error) {
      if (!this.#over) throw translateError(error, `join the group "${groupId}"`, 'CONSUMER_FAILED', this.#facts);
    }
    await this.#firstAssigned.promise;
  }

  /** kafkajs's loops; a failure inside comes as a crash. It hands no batch over: its fetches are answered empty. */
  #run(): Promise<void> {
    return this.#consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: () => Promise.resolve() });
  }

  fetchFrom(partition: PartitionEpoch, offset: number): void {
    const held = this.#held.current(partition);
    // Not after `revoked` either: no batch follows.
    if (held === undefined || !held.announced) return;
    held.position = offset;
    this.#fetcher.wake();
  }

  pause(partitions: readonly PartitionEpoch[]): void {
    for (const held of this.#current(partitions)) held.paused = true;
  }

  resume(partitions: readonly PartitionEpoch[]): void {
    for (const held of this.#current(partitions)) held.paused = false;
    this.#fetcher.wake();
  }

  commit(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
    return commitOffsets(this.#options.groupId, this.#held, offsets, this.#facts);
  }

  fetchTurnedAt(): number | null {
    return this.#fetcher.turnedAt;
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#over = true;
    this.#firstAssigned.reject(this.#stoppedEarly());
    this.#end(this.#held.all());
    await within(this.#clock, Math.min(LEAVE_MS, this.#options.requestTimeoutMs), this.#leave(), undefined);
    this.#endLoops();
    await closeConnections(this.#access, STOPPED, this.#clock);
  }

  /** The coordinator first, while kafkajs's loops still stand; then those, and nothing that is in flight holds them up. */
  async #leave(): Promise<void> {
    await this.#brokers.leave(this.#options.groupId, () => this.#membership).catch(() => {}); // it could not be told: it will notice, by the session
    this.#endLoops();
    const ended = this.#consumer.disconnect();
    rejectRequests(this.#access, STOPPED);
    await ended.catch(() => {});
  }

  #endLoops(): void {
    this.#closed = true;
    this.#left.resolve();
    this.#fetcher.close();
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#joined(payload.memberAssignment));
    this.#consumer.on(REBALANCING, () => this.#revoke());
    this.#consumer.on(CRASH, ({ payload }) => this.#crashed(payload.error, payload.restart));
  }

  // --- the group ---

  async #joining(): Promise<void> {
    this.#revoke();
    const loss = await this.#revocation.over(this.#membership);
    // Still a member, which leaves its group, and joins no more.
    if (this.#over) return;
    if (loss !== null) this.#lose(this.#fenced(loss.refusal));
    this.#end(this.#held.all());
    // A commit made inside `revoked` is on the same connection, and goes first.
    await new Promise<void>((resolve) => this.#clock.yield(resolve));
    this.#membership = null;
  }

  #heard(sentAt: number): void {
    this.#heardAt = Math.max(this.#heardAt, sentAt);
  }

  #heartbeatRefused(kind: 'rebalancing' | 'gone', sentAt: number, error: unknown): void {
    if (kind === 'rebalancing') {
      this.#heard(sentAt);
      this.#revoke();
    } else this.#lose(this.#fenced(error));
    this.#fetcher.wake();
  }

  /** Tells the listener once; the epochs take commits until JoinGroup is sent. After a silence as long as the session they take none: all is lost. */
  #revoke(): void {
    this.#calledBack = this.#membership;
    if (this.#clock.now() - this.#heardAt >= this.#options.sessionTimeoutMs) return this.#lose(this.#fenced(null));
    const announced = this.#held.all().filter((held) => held.announced);
    for (const held of announced) {
      held.announced = false;
      held.position = null;
    }
    if (announced.length === 0 || this.#over) return;
    const { graceMs } = this.#revocation;
    const settled = this.#listener
      .revoked(announced.map(toEpoch), { graceMs })
      .catch((cause: unknown) => this.#warn(new KafkaError('PROTOCOL', 'The consumer listener rejected `revoked`.', { cause })));
    this.#revocation.begin(announced, settled);
  }

  /** `refusal`: what the coordinator answered; null where it has been silent for too long. */
  #fenced(refusal: unknown): KafkaError {
    const coordinator = `The coordinator of the group "${this.#options.groupId}"`;
    if (refusal !== null)
      return new KafkaError('GROUP_FENCED', `${coordinator} no longer takes this member: ${innermost(refusal).message}`, {
        cause: refusal,
        kafkaCode: kafkaCodeOf(refusal),
      });
    const silentMs = this.#clock.now() - this.#heardAt;
    return new KafkaError(
      'GROUP_FENCED',
      `${coordinator} takes this member for dead: its last answer that knows it came ${silentMs} ms ago, in a session of ${this.#options.sessionTimeoutMs} ms.`,
    );
  }

  /** Tells of those that the listener has, also within the grace of a revocation. */
  #lose(cause: KafkaError, partitions: readonly HeldPartition[] = this.#held.all()): void {
    const announced = partitions.filter((held) => held.announced);
    for (const held of announced) held.announced = false;
    const told = [...announced, ...this.#end(partitions)];
    if (told.length > 0 && !this.#over) this.#listener.lost(told.map(toEpoch), cause);
  }

  /** Their epochs are over. Returns those whose `revoked` the listener has not finished. */
  #end(partitions: readonly HeldPartition[]): readonly HeldPartition[] {
    this.#held.end(partitions);
    return this.#revocation.end(partitions);
  }

  #joined(assignment: Readonly<Record<string, readonly number[]>>): void {
    const membership = this.#membership;
    if (this.#over || membership === null) return;
    this.#announcer.joined(assignment, membership);
  }

  #crashed(error: Error, restarts: boolean): void {
    if (this.#over) return;
    this.#membership = null;
    const what = this.#heardAt === 0 ? 'join' : 'stay in';
    const problem = translateError(error, `${what} the group "${this.#options.groupId}"`, 'CONSUMER_FAILED', this.#facts);
    if (problem.kafkaCode === SESSION_REFUSED && !restarts) return void this.#sessionRefused(problem);
    if (!restarts && !isConnection(error)) return this.#fail(problem);
    this.#lose(problem);
    this.#warn(problem);
    if (!restarts) void this.#restart();
  }

  async #sessionRefused(problem: KafkaError): Promise<void> {
    const { sessionTimeoutMs } = this.#options;
    this.#fail(await explainSessionTimeout(problem, { cluster: this.#adminCluster, clock: this.#clock, sessionTimeoutMs }));
  }

  /** kafkajs gives up for good where no broker answered in time who the coordinator is; an outage is no reason to end. */
  async #restart(): Promise<void> {
    await wait(this.#clock, MAX_BACKOFF_MS);
    if (this.#over) return;
    await this.#run().catch((error: unknown) =>
      this.#fail(translateError(error, `join the group "${this.#options.groupId}" again`, 'CONSUMER_FAILED', this.#facts)),
    );
  }

  // --- the data ---

  async #poll(broker: Broker, led: Parameters<Fetcher['poll']>[1]): Promise<void> {
    await this.#metadata.lookForMissing();
    await this.#fetcher.poll(broker, led);
    const because = this.#rejoinBecause;
    this.#rejoinBecause = null;
    if (because !== null) throw rejoin('REBALANCE_IN_PROGRESS', because);
  }

  #gone(partitions: readonly HeldPartition[], cause: KafkaError): void {
    if (this.#over) return;
    this.#lose(cause, partitions);
    this.#warn(cause);
    this.#rejoinBecause = cause;
  }

  async #reportOutOfRange(held: HeldPartition, fetchedFrom: number, writtenOverFrom: number | null): Promise<void> {
    for (let backoffMs = POLL_MS; this.#waitsFor(held); backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      try {
        const range = await readRange(this.#access.cluster, held);
        if (this.#waitsFor(held))
          this.#listener.outOfRange({ ...range, fetchedFrom, ...(writtenOverFrom === null ? {} : { writtenOverFrom }) });
        return;
      } catch (error) {
        if (this.#waitsFor(held))
          this.#warn(translateError(error, `read the range of ${held.topic}/${held.partition}`, 'PROTOCOL', this.#facts));
      }
      await wait(this.#clock, backoffMs);
    }
  }

  #waitsFor(held: HeldPartition): boolean {
    return !this.#over && this.#held.current(held) === held && held.announced && held.position === null;
  }

  // --- ends ---

  #warn(error: KafkaError): void {
    if (!this.#over) this.#listener.warning(error);
  }

  #fail(error: KafkaError): void {
    if (this.#over) return;
    this.#lose(error);
    this.#firstAssigned.reject(error);
    this.#over = true;
    this.#listener.failed(error);
    void this.stop();
  }

  #stoppedEarly(): KafkaError {
    return new KafkaError('CONSUMER_FAILED', `The consumer of the group "${this.#options.groupId}" was stopped before it had joined.`);
  }

  #current(partitions: readonly PartitionEpoch[]): HeldPartition[] {
    return partitions.flatMap((partition) => this.#held.current(partition) ?? []);
  }
}
