import { KafkaError } from '../errors.ts';
import type { Handler } from '../handler.ts';
import type { PartitionEpoch, TransportBatch } from '../transport.ts';
import type { Runnable, Turn } from './dispatcher.ts';
import { FetchValve } from './fetch-valve.ts';
import type { QueueLimits } from './fetch-valve.ts';
import type { QueueBudget } from './queue-budget.ts';
import type { CallGates } from './call-gate.ts';
import type { DeadLetterSink } from '../dead-letter/dead-letter-sink.ts';
import type { LaneKey, LaneOwner, RunningLanes } from './lane.ts';
import { LaneOrder } from './lane-order.ts';
import { LeaderEpochs } from './leader-epochs.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import { LedgerMetadata } from './ledger-metadata.ts';
import { Ledger } from './ledger.ts';
import type { OrderOptions } from './order-options.ts';
import { PartitionOrder } from './partition-order.ts';
import type { RecordOrder } from './record-order.ts';
import type { Runtime } from './runtime.ts';

/**
 * `starting`: the start is not committed yet. `active`: delivers. `draining`: no call starts any more, running ones count.
 * `halted`: delivers nothing until the next epoch. `over`: forgotten.
 */
export type PartitionPhase = 'starting' | 'active' | 'draining' | 'halted' | 'over';

/** What a partition asks of its consumer. */
export interface PartitionHost {
  wake(partition: OwnedPartition): void;
  /** The committable offset may have moved; `terminalCount` more records are terminal. */
  progressed(partition: OwnedPartition, terminalCount: number): void;
  fetchFrom(partition: OwnedPartition, offset: number): void;
  pause(partition: OwnedPartition): void;
  resume(partition: OwnedPartition): void;
  /** A defect of the runtime itself. */
  broken(partition: OwnedPartition, error: unknown): void;
}

/** Limits of the queue and of patience; see ConsumerOptions. */
export interface PartitionLimits extends QueueLimits {
  readonly maxDiscontinuities: number;
  readonly isolationLevel: 'read_committed' | 'read_uncommitted';
}

/** What a commit stores. */
export interface PendingCommit {
  readonly offset: number;
  readonly metadata: string | null;
}

/** What a partition begins with. */
export interface OwnedPartitionOptions {
  readonly id: PartitionEpoch;
  readonly topicId: string | null;
  readonly startOffset: number;
  readonly committed: { readonly offset: number; readonly metadata: string | null } | null;
  readonly handler: Handler;
  readonly lanes: RunningLanes;
  readonly gates: CallGates | null;
  readonly deadLetters: DeadLetterSink | null;
  /** By the durable ledger of an earlier owner; null when there is none to believe. */
  readonly claims: LedgerClaims | null;
  /** Whether a commit's metadata may carry the ledger. */
  readonly durableLedger: () => boolean;
  /** Somebody paused it before it was assigned. */
  readonly pausedByHand: boolean;
  readonly limits: PartitionLimits;
  /** Shared by all partitions of the consumer. */
  readonly budget: QueueBudget;
  readonly host: PartitionHost;
}

/** One partition in one epoch: from its resolved start until it is taken away. */
export class OwnedPartition implements Runnable, LaneOwner {
  readonly id: PartitionEpoch;
  readonly ledger: Ledger;
  readonly order: RecordOrder;
  /** Belongs to the dispatcher. */
  waiting = false;
  /** Highest offset that the coordinator is known to hold from this group; null when there is none. */
  acknowledged: number | null;
  /** The metadata that it holds there. */
  #acknowledgedMetadata: string | null;
  /** Belongs to the commit loop: attempts in a row that were not acknowledged, and when the next one is due. */
  commitFailures = 0;
  commitNotBefore = 0;
  highWatermark: number | null = null;
  #readableEnd: { readonly offset: number; readonly at: number } | null = null;
  /** Of the last record that was accepted. */
  #lastTimestamp: number | null = null;
  lastStableOffset: number | null = null;
  readonly #runtime: Runtime;
  readonly #limits: PartitionLimits;
  readonly #lanes: RunningLanes;
  readonly #metadata: LedgerMetadata;
  readonly #valve: FetchValve;
  readonly #durableLedger: () => boolean;
  readonly #host: PartitionHost;
  #phase: PartitionPhase = 'starting';
  /** Being taken away or stopped: no call starts any more, whatever is decided by hand. */
  #isDraining = false;
  #haltedBy: KafkaError | null = null;
  /** The log is not the one that the ledger is of: nothing is committed from it any more. */
  #abandoned = false;
  #discontinuities = 0;
  #terminalSeen = 0;
  readonly #leaderEpochs = new LeaderEpochs();
  #isOverwritten = false;

  constructor(runtime: Runtime, options: OwnedPartitionOptions) {
    this.#runtime = runtime;
    this.id = options.id;
    this.acknowledged = options.committed?.offset ?? null;
    this.#acknowledgedMetadata = options.committed?.metadata ?? null;
    this.#durableLedger = options.durableLedger;
    this.#limits = options.limits;
    this.#lanes = options.lanes;
    this.#host = options.host;
    this.ledger = new Ledger(options.startOffset);
    this.#metadata = new LedgerMetadata(this.ledger, { ...options, leaderEpochs: this.#leaderEpochs });
    this.order = orderOf(runtime, {
      id: this.id,
      handler: options.handler,
      ledger: this.ledger,
      claims: this.#metadata.claims,
      lanes: options.lanes,
      gates: options.gates,
      deadLetters: options.deadLetters,
      wake: () => this.wake(),
      broken: (error) => this.#host.broken(this, error),
    });
    this.#valve = new FetchValve(runtime, {
      ...options,
      order: this.order,
      ledger: this.ledger,
      isFetching: () => this.#phase === 'active',
      turn: (isOpen) => (isOpen ? this.#host.resume(this) : this.#host.pause(this)),
    });
    options.lanes.owner = this;
  }

  get phase(): PartitionPhase {
    return this.#phase;
  }

  get haltedBy(): KafkaError | null {
    return this.#haltedBy;
  }

  /** A handler call of this partition runs: one of this epoch, of an older one, or one past its deadline. */
  get callRunning(): boolean {
    return !this.#lanes.isIdle;
  }

  /** Nothing is fetched, for whatever reason. */
  get paused(): boolean {
    return !this.#valve.isOpen;
  }

  get pausedByHand(): boolean {
    return this.#valve.isPausedByHand;
  }

  /** Where reading ends: the last stable offset, or under read_uncommitted the high watermark. */
  get readableEnd(): { readonly offset: number; readonly at: number } | null {
    return this.#readableEnd;
  }

  /** Somebody asked the brokers: batches that come later know better. */
  learnReadableEnd(offset: number): void {
    if (this.#phase === 'over') return;
    this.#readableEnd = { offset: Math.max(offset, this.#readableEnd?.offset ?? 0), at: this.#runtime.clock.now() };
  }

  get committable(): number {
    return this.ledger.committable;
  }

  /** Offsets from the committed one to where reading ends; null while that is not known. */
  get lag(): number | null {
    if (this.#readableEnd === null) return null;
    return Math.max(0, this.#readableEnd.offset - (this.acknowledged ?? this.ledger.committable));
  }

  /**
   * Of the lowest open record. Where none is open and more is to be read: of the last one that was, since what follows it was
   * appended later (its producer may have dated it earlier).
   */
  get oldestTimestamp(): number | null {
    if (this.ledger.openCount > 0) return this.order.oldestTimestamp;
    return this.#readableEnd !== null && this.ledger.position < this.#readableEnd.offset ? this.#lastTimestamp : null;
  }

  /** What a commit would store now; null when there is nothing to commit beyond what is acknowledged. */
  get pendingCommit(): PendingCommit | null {
    if (this.#phase === 'over' || this.#abandoned) return null;
    const { committable } = this.ledger;
    if (committable < (this.acknowledged ?? -1)) return null;
    if (committable > (this.acknowledged ?? -1)) return { offset: committable, metadata: this.#metadataAt(committable) };
    // The offset stands still, but more may be done above it. Before anything was done here, what is stored is as good.
    if (this.ledger.completedAbove === 0) return null;
    const metadata = this.#metadataAt(committable);
    return metadata === null || metadata === this.#acknowledgedMetadata ? null : { offset: committable, metadata };
  }

  /** The start is committed: fetch and deliver. */
  activate(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'active';
    this.#valve.begin();
    this.order.delivering = !this.pausedByHand;
    this.#host.fetchFrom(this, this.ledger.position);
  }

  /** No call starts and nothing is fetched while it is true; what runs goes on and counts. */
  setPausedByHand(isPaused: boolean): void {
    if (this.pausedByHand === isPaused || this.#phase === 'over') return;
    this.#valve.setPausedByHand(isPaused);
    if (this.#phase !== 'active') return;
    this.order.delivering = !isPaused;
    if (!isPaused) this.wake();
  }

  /** The coordinator holds this. */
  commitAcknowledged({ offset, metadata }: PendingCommit): void {
    if (offset >= (this.acknowledged ?? -1)) {
      this.acknowledged = offset;
      this.#acknowledgedMetadata = metadata;
    }
    this.commitFailures = 0;
    this.activate();
  }

  laneFree(key: LaneKey): void {
    if (this.#phase !== 'over') this.order.laneFree(key);
  }

  wake(): void {
    if (this.#phase !== 'over') this.#host.wake(this);
  }

  run(turn: Turn): boolean {
    try {
      const more = this.order.run(turn);
      this.#report();
      return more;
    } catch (error) {
      this.#host.broken(this, error);
      return false;
    }
  }

  accept(batch: TransportBatch): 'accepted' | 'dropped' {
    if (this.#phase !== 'active') return 'dropped';
    // First of all: what was fetched from elsewhere says nothing, neither of records nor of the log.
    if (batch.fetchedFrom !== this.ledger.position) return this.#drop(batch.fetchedFrom);
    const leaderEpoch = this.#leaderEpochs.goesBackTo(batch);
    if (leaderEpoch !== null) {
      this.halt(this.#replacedLog(`its leader epoch went back from ${this.#leaderEpochs.highest} to ${leaderEpoch}`), { abandon: true });
      return 'dropped';
    }
    try {
      this.ledger.accept(batch);
    } catch (error) {
      this.halt(error as KafkaError, { abandon: false });
      return 'dropped';
    }
    this.#leaderEpochs.accepted(batch, this.ledger.committable);
    if (this.#metadata.accepted(batch)) this.#tellOverwritten();
    this.#discontinuities = 0;
    this.#learn(batch);
    if (batch.lastStableOffset !== null) this.lastStableOffset = batch.lastStableOffset;
    this.order.push(batch.records);
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) {
      const { fetchedFrom, nextOffset } = batch;
      observe({ at: clock.now(), member, kind: 'batch-accepted', ...this.id, fetchedFrom, nextOffset, records: batch.records.length });
    }
    this.#valve.filled();
    if (batch.records.length > 0) this.wake();
    else if (batch.nextOffset > batch.fetchedFrom) this.#host.progressed(this, 0);
    return 'accepted';
  }

  /** Asks for the position again after something else came, so many times in a row. */
  refetch(): void {
    if (this.#phase !== 'active') return;
    if (++this.#discontinuities > this.#limits.maxDiscontinuities) {
      const message = `${this.id.topic}/${this.id.partition}: the transport delivered ${this.#discontinuities} times in a row what was not fetched from the position ${this.ledger.position}. The partition is halted.`;
      this.halt(new KafkaError('PROTOCOL', message), { abandon: false });
      return;
    }
    this.#host.fetchFrom(this, this.ledger.position);
  }

  /** The log now starts above the position: goes on there. */
  passOver(offset: number): void {
    this.ledger.passOver(offset);
    this.#discontinuities = 0;
    this.#host.progressed(this, 0);
    if (this.#phase === 'active') this.#host.fetchFrom(this, offset);
  }

  /** The log has other records now from this offset on: what was read of it up to the position, and perhaps committed, is not there any more. */
  writtenOver(from: number): void {
    const { topic, partition } = this.id;
    const { position } = this.ledger;
    const message = `${topic}/${partition}: its records from offset ${from} to ${position - 1} were written over after they had been fetched, by an unclean leader that did not have them. The partition is halted, and nothing more is committed from what was read before; set the group's offset by hand, to ${from} if what stands there now is to be delivered.`;
    this.halt(new KafkaError('OFFSET_OUT_OF_RANGE', message, { details: { topic, partition, writtenOverFrom: from, position } }), {
      abandon: true,
    });
  }

  /** Delivers nothing more in this epoch, loudly. `abandon`: commits nothing more either. */
  halt(error: KafkaError, { abandon }: { readonly abandon: boolean }): void {
    if (this.#phase === 'over') return;
    this.#abandoned ||= abandon;
    if (this.#phase === 'halted') return;
    this.#phase = 'halted';
    this.#haltedBy = error;
    this.order.delivering = false;
    this.#host.pause(this);
    const { observe, clock, member, log } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'halted', ...this.id, error });
    log.write(
      'partition-halted',
      { topic: this.id.topic, partition: this.id.partition, code: error.code, err: error },
      `Partition halted: ${error.message}`,
    );
  }

  /** Tries once more after a halt that lost nothing; false when there was none such. */
  restartHalted(): boolean {
    if (this.#phase !== 'halted' || this.#abandoned || this.#isDraining) return false;
    this.#phase = 'active';
    this.#haltedBy = null;
    this.#discontinuities = 0;
    this.order.delivering = !this.pausedByHand;
    this.#runtime.log.write('partition-resumed', { topic: this.id.topic, partition: this.id.partition }, 'Partition resumed by hand');
    // What ran on meanwhile may have made room.
    this.#valve.drained();
    if (this.#valve.isOpen) this.#host.resume(this);
    this.#host.fetchFrom(this, this.ledger.position);
    this.wake();
    return true;
  }

  /** No call starts any more; what runs may still settle and count. */
  drain(): void {
    this.#isDraining = true;
    this.order.delivering = false;
    if (this.#phase === 'active' || this.#phase === 'starting') this.#phase = 'draining';
  }

  /** Resolves when no call of this epoch runs, and no dead letter is on its way. */
  async whenQuiet(): Promise<void> {
    await this.order.deliveries.whenQuiet();
  }

  /** Forgets everything; answers that come later are dropped. */
  end(kind: 'revoked' | 'lost', reason: KafkaError): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.order.end(reason);
    this.#valve.end();
    if (this.#lanes.owner === this) this.#lanes.owner = null;
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind, ...this.id });
  }

  #metadataAt(offset: number): string | null {
    return this.#durableLedger() ? this.#metadata.at(offset) : null;
  }

  #learn({ highWatermark, lastStableOffset, records }: TransportBatch): void {
    if (highWatermark !== null) this.highWatermark = highWatermark;
    const end = this.#limits.isolationLevel === 'read_committed' ? lastStableOffset : highWatermark;
    if (end !== null) this.#readableEnd = { offset: end, at: this.#runtime.clock.now() };
    this.#lastTimestamp = records.at(-1)?.timestamp ?? this.#lastTimestamp;
  }

  #drop(fetchedFrom: number): 'dropped' {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null)
      observe({ at: clock.now(), member, kind: 'discontinuity', ...this.id, position: this.ledger.position, fetchedFrom });
    // Not before the transport has taken note of the drop.
    void Promise.resolve().then(() => this.refetch());
    return 'dropped';
  }

  /** Tells of records that became terminal since the last time, and makes room for more. */
  #report(): void {
    const terminalCount = this.order.terminalCount - this.#terminalSeen;
    if (terminalCount === 0) return;
    this.#terminalSeen = this.order.terminalCount;
    this.#host.progressed(this, terminalCount);
    this.#valve.drained();
  }

  /** Once: it may go on batch by batch. */
  #tellOverwritten(): void {
    if (this.#isOverwritten) return;
    this.#isOverwritten = true;
    const { topic, partition } = this.id;
    this.#runtime.log.write(
      'ledger-ignored',
      { topic, partition, reason: 'overwritten' },
      'Records that were done were written over by an unclean leader; what stands in their place is delivered',
    );
  }

  #replacedLog(what: string): KafkaError {
    const { topic, partition } = this.id;
    return new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `${topic}/${partition}: ${what}: the topic was made again. The partition is halted, and nothing more is committed from what was read before.`,
    );
  }
}

/** One record at a time in the order of the partition has a path of its own: most handlers are such. */
function orderOf(runtime: Runtime, options: OrderOptions): RecordOrder {
  const { ordering = 'partition', batch = null } = options.handler;
  return ordering === 'partition' && batch === null ? new PartitionOrder(runtime, options) : new LaneOrder(runtime, options);
}
