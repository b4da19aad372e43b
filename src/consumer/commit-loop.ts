import type { Timer } from '../clock.ts';
import { KafkaError } from '../errors.ts';
import type { CommitResult, PartitionCommit } from '../transport.ts';
import type { Deadline } from '../deadline.ts';
import type { OwnedPartition, PendingCommit } from './owned-partition.ts';
import { backOffMs } from './retry.ts';
import type { Runtime } from './runtime.ts';

/** Back-off of commits that were not acknowledged, per partition. */
const COMMIT_RETRY = { initialDelayMs: 100, maxDelayMs: 5_000, factor: 2 };

/** Refusals that mean that the epoch is over; `revoked` or `lost` is on its way, and until then we ask at the slowest rate. */
const EPOCH_OVER: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'REBALANCE_IN_PROGRESS',
  'STALE_MEMBER_EPOCH',
  'FENCED_MEMBER_EPOCH',
]);

/** The broker's `offset.metadata.max.bytes` is below what the durable ledger needs. */
const METADATA_TOO_LARGE = 'OFFSET_METADATA_TOO_LARGE';

export interface CommitLoopOptions {
  readonly commitIntervalMs: number;
  readonly commitMaxRecords: number;
  /** The broker takes no metadata of this length: from now on there is none. */
  readonly refuseMetadata: () => void;
  readonly send: (commits: readonly PartitionCommit[]) => Promise<readonly CommitResult[]>;
}

/**
 * Commits what is terminal: at once when nothing was committed for the interval, else coalesced. One request is in flight
 * at a time, save for the last one of a partition that is being taken away. Within an epoch offsets never go down, for the
 * committable offset never does.
 */
export class CommitLoop {
  readonly #runtime: Runtime;
  readonly #options: CommitLoopOptions;
  readonly #dirty = new Set<OwnedPartition>();
  #requestsInFlight = 0;
  /** Asking again in this epoch is of no use. */
  readonly #refusedForGood = new Set<OwnedPartition>();
  /** What was sent last of a partition, until it is answered. */
  readonly #inFlight = new Map<OwnedPartition, PendingCommit & { readonly answered: Promise<void> }>();
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #uncommittedRecords = 0;
  #urgent = false;
  /** Something changed since the timer was set. */
  #changed = false;
  #timer: Timer | null = null;
  #closed = false;

  constructor(runtime: Runtime, options: CommitLoopOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** The committable offset of this partition may have moved. Nothing is sent before `consider`. */
  progressed(partition: OwnedPartition, terminalCount: number): void {
    this.#uncommittedRecords += terminalCount;
    if (this.#dirty.has(partition)) return;
    this.#dirty.add(partition);
    this.#changed = true;
  }

  /** Sends what is due, or sets a timer for it. */
  consider(): void {
    if (this.#closed || this.#requestsInFlight > 0 || this.#dirty.size === 0) return;
    const full = this.#urgent || this.#uncommittedRecords >= this.#options.commitMaxRecords;
    if (!full && !this.#changed && this.#timer !== null) return;
    this.#changed = false;
    const now = this.#runtime.clock.now();
    const nextRegularAt = full ? now : Math.max(now, this.#lastSentAt + this.#options.commitIntervalMs);
    let earliest = Number.POSITIVE_INFINITY;
    for (const partition of this.#dirty) {
      if (partition.pendingCommit === null) this.#dirty.delete(partition);
      else earliest = Math.min(earliest, dueAt(partition, nextRegularAt));
    }
    if (earliest <= now) {
      this.#send([...this.#dirty].filter((partition) => partition.commitFailures === 0 || partition.commitNotBefore <= now));
    } else if (earliest < Number.POSITIVE_INFINITY) {
      this.#setTimer(earliest - now);
    }
  }

  /** Sends as soon as no other request is in flight, without waiting for the interval. */
  flush(): void {
    this.#urgent = true;
    this.consider();
  }

  /**
   * The last commits of these partitions. The first request is on its way before the call returns, whatever is in flight.
   * Resolves when all is acknowledged or refused for good, or at the deadline; an unknown outcome is tried again until then.
   */
  async final(partitions: readonly OwnedPartition[], deadline: Deadline): Promise<void> {
    for (let retries = 0; ; retries++) {
      const pending = partitions.filter((partition) => partition.pendingCommit !== null);
      if (pending.length === 0) return;
      const fresh = pending.filter((partition) => !isSame(this.#inFlight.get(partition), partition.pendingCommit));
      if (fresh.length > 0) this.#send(fresh);
      if (!(await deadline.reachedBy(Promise.all(pending.map((partition) => this.#inFlight.get(partition)?.answered))))) return;
      const left = partitions.filter((partition) => partition.pendingCommit !== null && !this.#refusedForGood.has(partition));
      if (left.length === 0) return;
      const delayMs = backOffMs(COMMIT_RETRY, retries, this.#runtime.random);
      if (delayMs >= deadline.remainingMs || !(await this.#sleep(delayMs, deadline))) return;
    }
  }

  forget(partition: OwnedPartition): void {
    this.#dirty.delete(partition);
    this.#refusedForGood.delete(partition);
  }

  /** Sends nothing more by itself. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #send(partitions: readonly OwnedPartition[]): void {
    const { observe, clock, member } = this.#runtime;
    this.#timer?.cancel();
    this.#timer = null;
    this.#urgent = false;
    this.#uncommittedRecords = 0;
    this.#lastSentAt = clock.now();
    const commits = partitions.map((partition): PartitionCommit => ({ ...partition.id, ...(partition.pendingCommit as PendingCommit) }));
    for (const { topic, partition, epoch, offset, metadata } of commits) {
      if (observe === null) continue;
      const sent = { at: clock.now(), member, kind: 'commit-sent', topic, partition, epoch, offset } as const;
      observe(metadata === null ? sent : { ...sent, metadata });
    }
    this.#requestsInFlight++;
    const answered = this.#ask(commits).then((results) => {
      this.#requestsInFlight--;
      for (const [index, partition] of partitions.entries()) this.#settle(partition, commits[index] as PartitionCommit, results[index]);
      this.consider();
    });
    for (const [index, partition] of partitions.entries())
      this.#inFlight.set(partition, { ...(commits[index] as PartitionCommit), answered });
  }

  /** Synchronous up to the transport's own call. */
  async #ask(commits: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
    try {
      return await this.#options.send(commits);
    } catch (error) {
      return commits.map((commit): CommitResult => ({ ...commit, outcome: 'unknown', cause: brokenContract(error) }));
    }
  }

  #settle(partition: OwnedPartition, commit: PartitionCommit, result: CommitResult | undefined): void {
    const { observe, clock, member } = this.#runtime;
    const { topic, partition: number, epoch, offset } = commit;
    const outcome = result?.outcome ?? 'unknown';
    const code = result?.outcome === 'refused' ? result.code : result?.outcome === 'unknown' ? result.cause.code : null;
    if (observe !== null)
      observe({ at: clock.now(), member, kind: 'commit-settled', topic, partition: number, epoch, offset, outcome, code });
    if (isSame(this.#inFlight.get(partition), commit)) this.#inFlight.delete(partition);
    if (partition.phase === 'over') return;
    if (outcome === 'acknowledged') {
      this.#refusedForGood.delete(partition);
      partition.commitAcknowledged(commit);
      return;
    }
    this.#again(partition, result);
  }

  /** The partition stays dirty; when it is asked again depends on the answer. */
  #again(partition: OwnedPartition, result: CommitResult | undefined): void {
    const { clock, random, log } = this.#runtime;
    const retries = partition.commitFailures++;
    let delayMs = backOffMs(COMMIT_RETRY, retries, random);
    const where = { topic: partition.id.topic, partition: partition.id.partition };
    if (result?.outcome === 'refused' && result.code === METADATA_TOO_LARGE && result.metadata !== null) {
      this.#options.refuseMetadata();
      delayMs = 0;
    } else if (result?.outcome === 'refused' && !result.retriable) {
      this.#refusedForGood.add(partition);
      if (!EPOCH_OVER.has(result.code)) {
        const message = `The coordinator refuses commits of ${where.topic}/${where.partition} for good: ${result.code}. What is done will be delivered again after a restart.`;
        partition.halt(new KafkaError('COMMIT_REFUSED', message, { kafkaCode: result.code, details: where }), { abandon: true });
        return;
      }
      delayMs = COMMIT_RETRY.maxDelayMs;
    }
    partition.commitNotBefore = clock.now() + delayMs;
    this.#dirty.add(partition);
    this.#changed = true;
    if (retries > 0) return;
    const outcome = result?.outcome ?? 'unknown';
    const code = result?.outcome === 'refused' ? result.code : null;
    const message = 'Commit not acknowledged; it is tried again while the partition is ours';
    log.fold('commit-not-acknowledged', code ?? outcome, { ...where, outcome, code }, message);
  }

  #setTimer(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#runtime.clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.consider();
    });
  }

  async #sleep(delayMs: number, deadline: Deadline): Promise<boolean> {
    const slept = Promise.withResolvers<void>();
    const timer = this.#runtime.clock.setTimer(delayMs, slept.resolve);
    const inTime = await deadline.reachedBy(slept.promise);
    timer.cancel();
    return inTime;
  }
}

function isSame(one: PendingCommit | undefined, other: PendingCommit | null): boolean {
  return one !== undefined && other !== null && one.offset === other.offset && one.metadata === other.metadata;
}

function dueAt(partition: OwnedPartition, nextRegularAt: number): number {
  return partition.commitFailures > 0 ? partition.commitNotBefore : nextRegularAt;
}

function brokenContract(error: unknown): KafkaError {
  return error instanceof KafkaError
    ? error
    : new KafkaError('PROTOCOL', 'The transport rejected a commit instead of answering it.', { cause: error });
}
