import { KafkaError } from '../errors.ts';
import type { Handler } from '../handler.ts';
import type { PartitionEpoch, TransportBatch } from '../transport.ts';
import type { Runnable, Turn } from './dispatcher.ts';
import type { Lane, LaneOwner } from './lane.ts';
import { Ledger } from './ledger.ts';
import { PartitionOrder } from './partition-order.ts';
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
export interface PartitionLimits {
  readonly queueHighRecords: number;
  readonly queueLowRecords: number;
  readonly queueHighBytes: number;
  readonly maxDiscontinuities: number;
}

/** One partition in one epoch: from its resolved start until it is taken away. */
export class OwnedPartition implements Runnable, LaneOwner {
  readonly id: PartitionEpoch;
  readonly ledger: Ledger;
  readonly order: PartitionOrder;
  /** Belongs to the dispatcher. */
  waiting = false;
  /** Highest offset that the coordinator is known to hold from this group; null when there is none. */
  acknowledged: number | null;
  /** Belongs to the commit loop: attempts in a row that were not acknowledged, and when the next one is due. */
  commitFailures = 0;
  commitNotBefore = 0;
  highWatermark: number | null = null;
  readonly #runtime: Runtime;
  readonly #limits: PartitionLimits;
  readonly #lane: Lane;
  readonly #host: PartitionHost;
  #phase: PartitionPhase = 'starting';
  #haltedBy: KafkaError | null = null;
  /** The log is not the one that the ledger is of: nothing is committed from it any more. */
  #abandoned = false;
  #paused = false;
  #discontinuities = 0;
  #terminalSeen = 0;
  #leaderEpoch = -1;

  constructor(
    runtime: Runtime,
    options: {
      readonly id: PartitionEpoch;
      readonly startOffset: number;
      readonly committedOffset: number | null;
      readonly handler: Handler;
      readonly lane: Lane;
      readonly limits: PartitionLimits;
      readonly host: PartitionHost;
    },
  ) {
    this.#runtime = runtime;
    this.id = options.id;
    this.acknowledged = options.committedOffset;
    this.#limits = options.limits;
    this.#lane = options.lane;
    this.#host = options.host;
    this.ledger = new Ledger(options.startOffset);
    this.order = new PartitionOrder(runtime, {
      id: this.id,
      handler: options.handler,
      ledger: this.ledger,
      lane: this.#lane,
      wake: () => this.wake(),
      broken: (error) => this.#host.broken(this, error),
    });
    this.#lane.owner = this;
  }

  get phase(): PartitionPhase {
    return this.#phase;
  }

  get haltedBy(): KafkaError | null {
    return this.#haltedBy;
  }

  /** A handler call of this partition runs: one of this epoch, of an older one, or one past its deadline. */
  get callRunning(): boolean {
    return this.#lane.busy;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** What a commit would store now; null when there is nothing to commit beyond what is acknowledged. */
  get pendingCommit(): number | null {
    if (this.#phase === 'over' || this.#abandoned) return null;
    const { committable } = this.ledger;
    return committable > (this.acknowledged ?? -1) ? committable : null;
  }

  /** The start is committed: fetch and deliver. */
  activate(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'active';
    this.order.delivering = true;
    this.#host.fetchFrom(this, this.ledger.position);
  }

  /** The coordinator holds this offset. */
  commitAcknowledged(offset: number): void {
    if (offset > (this.acknowledged ?? -1)) this.acknowledged = offset;
    this.commitFailures = 0;
    this.activate();
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
    if (batch.leaderEpoch !== null) {
      if (batch.leaderEpoch < this.#leaderEpoch) {
        this.halt(this.#replacedLog(`its leader epoch went back from ${this.#leaderEpoch} to ${batch.leaderEpoch}`), { abandon: true });
        return 'dropped';
      }
      this.#leaderEpoch = batch.leaderEpoch;
    }
    try {
      this.ledger.accept(batch);
    } catch (error) {
      this.halt(error as KafkaError, { abandon: false });
      return 'dropped';
    }
    this.#discontinuities = 0;
    if (batch.highWatermark !== null) this.highWatermark = batch.highWatermark;
    this.order.queue.push(batch.records);
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) {
      const { fetchedFrom, nextOffset } = batch;
      observe({ at: clock.now(), member, kind: 'batch-accepted', ...this.id, fetchedFrom, nextOffset, records: batch.records.length });
    }
    this.#pauseWhenFull();
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

  /** Delivers nothing more in this epoch, loudly. `abandon`: commits nothing more either. */
  halt(error: KafkaError, { abandon }: { readonly abandon: boolean }): void {
    if (this.#phase === 'over') return;
    this.#abandoned ||= abandon;
    if (this.#phase === 'halted') return;
    this.#phase = 'halted';
    this.#haltedBy = error;
    this.order.delivering = false;
    this.#host.pause(this);
    const { observe, clock, member, logger } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'halted', ...this.id, error });
    logger.error(
      { topic: this.id.topic, partition: this.id.partition, code: error.code, err: error },
      `Partition halted: ${error.message}`,
    );
  }

  /** No call starts any more; what runs may still settle and count. */
  drain(): void {
    this.order.delivering = false;
    if (this.#phase === 'active' || this.#phase === 'starting') this.#phase = 'draining';
  }

  /** Resolves when no call of this epoch runs. */
  async whenQuiet(): Promise<void> {
    if (this.order.isRunning) await this.#lane.whenFree();
  }

  /** Forgets everything; answers that come later are dropped. */
  end(kind: 'revoked' | 'lost', reason: KafkaError): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.order.end(reason);
    if (this.#lane.owner === this) this.#lane.owner = null;
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind, ...this.id });
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
    this.#resumeWhenDrained();
  }

  #pauseWhenFull(): void {
    const { queue } = this.order;
    if (this.#paused || (queue.length < this.#limits.queueHighRecords && queue.bytes < this.#limits.queueHighBytes)) return;
    this.#paused = true;
    this.#observeQueue('paused');
    this.#host.pause(this);
  }

  #resumeWhenDrained(): void {
    const { queue } = this.order;
    if (!this.#paused || this.#phase !== 'active') return;
    if (queue.length > this.#limits.queueLowRecords || queue.bytes > this.#limits.queueHighBytes / 2) return;
    this.#paused = false;
    this.#observeQueue('resumed');
    this.#host.resume(this);
  }

  #observeQueue(kind: 'paused' | 'resumed'): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind, ...this.id, queued: this.order.queue.length });
  }

  #replacedLog(what: string): KafkaError {
    const { topic, partition } = this.id;
    return new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `${topic}/${partition}: ${what}: the topic was made again. The partition is halted, and nothing more is committed from what was read before.`,
    );
  }
}
