import { KafkaError } from '../errors.ts';
import type { DeadLetterSink } from '../dead-letter/dead-letter-sink.ts';
import type { Handler } from '../handler.ts';
import type {
  AssignedPartition,
  Assignment as Assigned,
  ConsumerListener,
  OffsetRange,
  PartitionEpoch,
  TopicPartition,
  TransportBatch,
  TransportConsumer,
} from '../transport.ts';
import { CommitLoop } from './commit-loop.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import { Deadline } from '../deadline.ts';
import { Dispatcher } from './dispatcher.ts';
import { lostError, revokedError } from './epoch-errors.ts';
import { readLedger } from './durable-ledger.ts';
import { GatesOfHandlers } from './gates-of-handlers.ts';
import { Lanes } from './lane.ts';
import { LedgerClaims } from './ledger-claims.ts';
import { NO_HANDLER, missingHandler } from './no-handler.ts';
import { OwnedPartition } from './owned-partition.ts';
import type { PartitionHost } from './owned-partition.ts';
import { PausedByHand } from './paused-by-hand.ts';
import type { PartitionSelection } from './paused-by-hand.ts';
import type { Runtime } from './runtime.ts';
import { EMPTY_SNAPSHOT, snapshotKey } from './start-snapshot.ts';
import type { StartSnapshot } from './start-snapshot.ts';
import { QueueBudget } from './queue-budget.ts';
import { judgeRange, resolveStart } from './start.ts';

/** Of the grace of a revocation, this much is kept for the last commit: a quarter, at most one second. */
const COMMIT_SHARE_OF_GRACE = 0.25;
const LONGEST_COMMIT_SHARE_MS = 1_000;

export interface AssignmentOptions {
  readonly options: ConsumerOptions;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Where rejected records go; null where no handler has dead letters. */
  readonly deadLetters: DeadLetterSink | null;
  /** Whether commits carry the ledger in their metadata, and assignments read it there. */
  readonly durableLedger: boolean;
  /** The consumer cannot go on. */
  readonly fatal: (error: KafkaError) => void;
}

/** The partitions that this member holds, each in its epoch: what the transport tells becomes what they do. */
export class Assignment implements ConsumerListener, PartitionHost {
  readonly lanes: Lanes = new Lanes();
  readonly commits: CommitLoop;
  memberId: string | null = null;
  generation: number | null = null;
  /** False before the first join, and from a loss until the member has come back. */
  isMember = false;
  snapshot: StartSnapshot = EMPTY_SNAPSHOT;
  readonly #runtime: Runtime;
  readonly #options: ConsumerOptions;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #fatal: (error: KafkaError) => void;
  readonly #dispatcher: Dispatcher;
  readonly #owned = new Map<string, OwnedPartition>();
  /** As last begun in this process; a topic that is made again gets another. */
  readonly #topicIds = new Map<string, string>();
  /** Where logs were written over below what was fetched, and perhaps committed: that offset would count in the next epoch. */
  readonly #writtenOver = new Map<string, { readonly from: number; readonly position: number }>();
  readonly #pausedByHand = new PausedByHand();
  #transport: TransportConsumer | null = null;
  readonly #gates: GatesOfHandlers;
  readonly #budget: QueueBudget;
  readonly #deadLetters: DeadLetterSink | null;
  #durableLedger: boolean;
  #stopping = false;

  constructor(runtime: Runtime, { options, handlers, deadLetters, durableLedger, fatal }: AssignmentOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#handlers = handlers;
    this.#fatal = fatal;
    this.commits = new CommitLoop(runtime, {
      ...options,
      send: (commits) => this.#connected.commit(commits),
      refuseMetadata: () => this.#refuseMetadata(),
    });
    this.#gates = new GatesOfHandlers(runtime.clock, options);
    this.#budget = new QueueBudget(options.queueTotalBytes);
    this.#deadLetters = deadLetters;
    this.#durableLedger = durableLedger;
    this.#dispatcher = new Dispatcher(runtime.clock, () => this.commits.consider());
  }

  /** Before the transport's consumer is started. */
  connect(transport: TransportConsumer): void {
    this.#transport = transport;
  }

  get owned(): readonly OwnedPartition[] {
    return [...this.#owned.values()];
  }

  // What the transport tells

  assigned(assignment: Assigned): void {
    const { observe, clock, member } = this.#runtime;
    this.isMember = true;
    if (this.generation !== assignment.generation || this.memberId !== assignment.memberId) {
      this.memberId = assignment.memberId;
      this.generation = assignment.generation;
      if (observe !== null)
        observe({ at: clock.now(), member, kind: 'joined', memberId: assignment.memberId, generation: assignment.generation });
      const { memberId, generation, partitions } = assignment;
      this.#runtime.log.write('group-joined', { memberId, generation, partitions: partitions.length }, 'Group joined');
    }
    if (this.#stopping) return;
    const begun = assignment.partitions.map((partition) => this.#begin(partition)).filter((partition) => partition !== null);
    const started = begun.filter((partition) => partition.phase === 'starting');
    const toCommit = started.filter((partition) => partition.pendingCommit !== null);
    for (const partition of toCommit) this.commits.progressed(partition, 0);
    // Nothing is asked of the transport before its own call has returned.
    void Promise.resolve().then(() => {
      for (const partition of started) if (partition.pendingCommit === null) partition.activate();
      if (toCommit.length > 0) this.commits.flush();
    });
  }

  async revoked(partitions: readonly PartitionEpoch[], { graceMs }: { readonly graceMs: number }): Promise<void> {
    const revoked = this.#find(partitions);
    for (const partition of revoked) partition.drain();
    const deadline = new Deadline(this.#runtime.clock, graceMs);
    if (graceMs > 0) {
      const shareMs = Math.floor(graceMs - Math.min(LONGEST_COMMIT_SHARE_MS, graceMs * COMMIT_SHARE_OF_GRACE));
      await this.#quiet(revoked, shareMs);
      await this.commits.final(this.#find(partitions), deadline);
    } else {
      // The commit is sent before this call returns; nobody waits for its answer.
      void this.commits.final(revoked, deadline);
    }
    deadline.cancel();
    for (const owned of this.#find(partitions)) {
      this.#end(owned, 'revoked', revokedError(owned.id));
      const { topic, partition, epoch } = owned.id;
      this.#runtime.log.write('partition-revoked', { topic, partition, epoch }, 'Partition revoked');
    }
  }

  lost(partitions: readonly PartitionEpoch[], cause: KafkaError): void {
    this.isMember = false;
    for (const owned of this.#find(partitions)) {
      this.#end(owned, 'lost', lostError(owned.id, cause));
      const { topic, partition, epoch } = owned.id;
      this.#runtime.log.write(
        'partition-lost',
        { topic, partition, epoch, err: cause },
        'Partition lost; what was not committed is delivered again',
      );
    }
  }

  batch(batch: TransportBatch): 'accepted' | 'dropped' {
    return this.#current(batch)?.accept(batch) ?? 'dropped';
  }

  outOfRange(range: OffsetRange & { readonly fetchedFrom: number; readonly writtenOverFrom?: number }): void {
    const partition = this.#current(range);
    if (partition === null || partition.phase !== 'active') return;
    const { position } = partition.ledger;
    if (range.writtenOverFrom !== undefined && range.fetchedFrom === position) {
      this.#writtenOver.set(snapshotKey(range), { from: range.writtenOverFrom, position });
      partition.writtenOver(range.writtenOverFrom);
      return;
    }
    const verdict =
      range.fetchedFrom === position
        ? judgeRange({ ...range, groupId: this.#options.groupId, reset: this.#options.autoOffsetReset }, position)
        : null;
    if (verdict === null) {
      void Promise.resolve().then(() => partition.refetch());
    } else if (verdict.kind === 'removed') {
      this.#reportRemoved(partition.id, verdict.range);
      void Promise.resolve().then(() => partition.passOver(verdict.range.to));
    } else {
      partition.halt(verdict.error, { abandon: verdict.kind === 'halt' });
      if (verdict.kind === 'fatal') this.#fatal(verdict.error);
    }
  }

  warning(error: KafkaError): void {
    const { observe, clock, member, log } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'warning', error });
    log.fold('consumer-warning', `${error.code} ${error.kafkaCode ?? ''}`, { code: error.code, err: error }, error.message);
  }

  failed(error: KafkaError): void {
    this.#fatal(error);
  }

  // What a partition asks

  wake(partition: OwnedPartition): void {
    this.#dispatcher.wake(partition);
  }

  progressed(partition: OwnedPartition, terminalCount: number): void {
    this.commits.progressed(partition, terminalCount);
    if (terminalCount === 0) this.#dispatcher.wake(partition);
  }

  fetchFrom(partition: OwnedPartition, offset: number): void {
    if (!this.#stopping) this.#connected.fetchFrom(partition.id, offset);
  }

  pause(partition: OwnedPartition): void {
    this.#transport?.pause([partition.id]);
  }

  resume(partition: OwnedPartition): void {
    this.#connected.resume([partition.id]);
  }

  broken(partition: OwnedPartition, error: unknown): void {
    const failure = new KafkaError('CONSUMER_FAILED', `A defect of the runtime at ${partition.id.topic}/${partition.id.partition}.`, {
      cause: error,
    });
    partition.halt(failure, { abandon: true });
    this.#fatal(failure);
  }

  // What somebody asks by hand

  /** Of what is held and of what will be. */
  setPausedByHand(selection: readonly PartitionSelection[], isPaused: boolean): void {
    for (const each of selection) this.#pausedByHand.set(each, isPaused);
    for (const owned of this.#owned.values()) owned.setPausedByHand(this.#pausedByHand.has(owned.id.topic, owned.id.partition));
  }

  /** Another try for halted lanes; tells how many there were. */
  retryHalted({ topic, partition, offset = null }: TopicPartition & { readonly offset?: number | null }): number {
    const owned = this.#owned.get(snapshotKey({ topic, partition }));
    if (owned === undefined) return 0;
    const lanes = owned.order.deliveries.retryHalted(offset);
    return lanes + (offset === null && owned.restartHalted() ? 1 : 0);
  }

  /** Rejects the record that halted its lane. False when there is none such. */
  async deadLetterHalted({ topic, partition, offset }: TopicPartition & { readonly offset: number }): Promise<boolean> {
    const owned = this.#owned.get(snapshotKey({ topic, partition }));
    return owned === undefined ? false : owned.order.deliveries.deadLetterHalted(offset);
  }

  // What the consumer asks when it stops

  /** No call starts any more, in no partition, and what comes is dropped. */
  drain(): void {
    this.#stopping = true;
    for (const partition of this.#owned.values()) partition.drain();
  }

  abortRunning(reason: Error): void {
    for (const partition of this.#owned.values()) partition.order.deliveries.abort(reason);
  }

  /** Forgets everything. */
  close(reason: KafkaError): void {
    this.#stopping = true;
    this.commits.close();
    this.#gates.close();
    for (const partition of this.owned) this.#end(partition, 'revoked', reason);
  }

  // Within

  get #connected(): TransportConsumer {
    if (this.#transport === null) throw new KafkaError('PROTOCOL', 'The transport called its listener before createConsumer had returned.');
    return this.#transport;
  }

  /** A partition in its new epoch, or null if it cannot start. */
  #begin(assigned: AssignedPartition): OwnedPartition | null {
    const { observe, clock, member, log } = this.#runtime;
    const { topic, partition, epoch, committedOffset, topicId } = assigned;
    const previous = this.#owned.get(snapshotKey(assigned));
    // An assignment that comes without `revoked` or `lost` before it: the old epoch is over all the same.
    if (previous !== undefined) this.#end(previous, 'lost', lostError(previous.id, null));
    if (observe !== null) observe({ at: clock.now(), member, kind: 'assigned', topic, partition, epoch, committedOffset });
    const start = resolveStart({
      ...assigned,
      groupId: this.#options.groupId,
      reset: this.#options.autoOffsetReset,
      topicReplaced: isOther(topicId, this.#topicIds.get(snapshotKey(assigned)) ?? null),
      firstStartLogEnd: this.#firstStartLogEnd(assigned),
    });
    const startOffset = start.kind === 'start' ? start.offset : Math.max(committedOffset ?? 0, 0);
    const owned = this.#own(assigned, startOffset, start.kind === 'start' ? this.#readLedger(assigned) : null);
    if (start.kind !== 'start') {
      owned.halt(start.error, { abandon: true });
      if (start.kind === 'fatal') this.#fatal(start.error);
      return null;
    }
    const writtenOver = this.#writtenOver.get(snapshotKey(assigned));
    // Above the position it is not what was committed here: another member, or somebody, went on there.
    if (writtenOver !== undefined && start.offset > writtenOver.from && start.offset <= writtenOver.position) {
      owned.writtenOver(writtenOver.from);
      return null;
    }
    this.#writtenOver.delete(snapshotKey(assigned));
    // Not of a partition that is halted: the offset of the old topic would count in the next epoch.
    if (topicId !== null) this.#topicIds.set(snapshotKey(assigned), topicId);
    if (start.warning !== null) this.warning(start.warning);
    if (start.removed !== null) this.#reportRemoved(owned.id, start.removed);
    if (observe !== null)
      observe({ at: clock.now(), member, kind: 'start-resolved', topic, partition, epoch, offset: start.offset, reason: start.reason });
    log.write('partition-assigned', { topic, partition, epoch, offset: start.offset, reason: start.reason }, 'Partition assigned');
    if (!this.#handlers.has(topic)) owned.halt(missingHandler(owned.id), { abandon: true });
    return owned;
  }

  /** Of the topic as it was then: of one that was made again since, everything is new. */
  #firstStartLogEnd(assigned: AssignedPartition): number | null {
    const first = this.snapshot.get(snapshotKey(assigned));
    return first === undefined || isOther(assigned.topicId, first.topicId) ? null : first.logEnd;
  }

  #own(assigned: AssignedPartition, startOffset: number, claims: LedgerClaims | null): OwnedPartition {
    const { topic, partition, epoch, topicId, committedOffset, committedMetadata } = assigned;
    const handler = this.#handlers.get(topic) ?? NO_HANDLER;
    const owned = new OwnedPartition(this.#runtime, {
      id: { topic, partition, epoch },
      topicId,
      startOffset,
      committed: committedOffset !== null && committedOffset >= 0 ? { offset: committedOffset, metadata: committedMetadata } : null,
      handler,
      lanes: this.lanes.of(topic, partition),
      gates: this.#gates.of(handler),
      deadLetters: this.#deadLetters,
      claims,
      durableLedger: () => this.#durableLedger,
      pausedByHand: this.#pausedByHand.has(topic, partition),
      limits: this.#options,
      budget: this.#budget,
      host: this,
    });
    this.#owned.set(snapshotKey(assigned), owned);
    return owned;
  }

  /** What whoever committed last had done above its offset. */
  #readLedger({
    topic,
    partition,
    epoch,
    topicId,
    committedOffset,
    committedMetadata,
    logEndOffset,
  }: AssignedPartition): LedgerClaims | null {
    if (!this.#durableLedger || committedOffset === null || committedOffset < 0) return null;
    const reading = readLedger(committedMetadata, { base: committedOffset, topicId, logEndOffset });
    if (reading.kind === 'none') return null;
    const { observe, clock, member, log } = this.#runtime;
    const reason = reading.kind === 'ignored' ? reading.reason : null;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'ledger-read', topic, partition, epoch, outcome: reading.kind, reason });
    if (reading.kind === 'believed') return new LedgerClaims(reading.runs);
    log.write(
      'ledger-ignored',
      { topic, partition, reason },
      'The metadata of the commit is not believed; records above it are delivered again',
    );
    return null;
  }

  #refuseMetadata(): void {
    if (!this.#durableLedger) return;
    this.#durableLedger = false;
    const message =
      'The broker refuses the metadata of commits as too large (offset.metadata.max.bytes): this consumer commits without its ledger, and what is done above an open record is delivered again after a crash.';
    this.warning(new KafkaError('COMMIT_REFUSED', message, { kafkaCode: 'OFFSET_METADATA_TOO_LARGE' }));
  }

  #current(id: PartitionEpoch): OwnedPartition | null {
    const owned = this.#owned.get(snapshotKey(id));
    return owned !== undefined && owned.id.epoch === id.epoch ? owned : null;
  }

  #find(ids: readonly PartitionEpoch[]): OwnedPartition[] {
    return ids.map((id) => this.#current(id)).filter((owned) => owned !== null);
  }

  #end(partition: OwnedPartition, kind: 'revoked' | 'lost', reason: KafkaError): void {
    partition.end(kind, reason);
    this.commits.forget(partition);
    this.#owned.delete(snapshotKey(partition.id));
  }

  async #quiet(partitions: readonly OwnedPartition[], withinMs: number): Promise<void> {
    const deadline = new Deadline(this.#runtime.clock, withinMs);
    await deadline.reachedBy(Promise.all(partitions.map((partition) => partition.whenQuiet())));
    deadline.cancel();
  }

  #reportRemoved(id: PartitionEpoch, { from, to }: { readonly from: number; readonly to: number }): void {
    const { observe, clock, member, log } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'range-removed', ...id, from, to });
    log.write(
      'records-removed',
      { topic: id.topic, partition: id.partition, from, to },
      'Records were removed by retention or a deletion before they were delivered',
    );
  }
}

/** Whether two ids of a topic are known and differ. */
function isOther(topicId: string | null, before: string | null): boolean {
  return topicId !== null && before !== null && topicId !== before;
}
