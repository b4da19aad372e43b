import type { TransportAdmin } from '../admin.ts';
import type { Timer } from '../clock.ts';
import type { PartitionEpoch } from '../transport.ts';
import { headroomMs, readRetention, RETENTION_CONFIGS } from './retention.ts';
import type { Retention } from './retention.ts';
import type { Runtime } from './runtime.ts';

/** A topic's configuration is read again after so long. */
const CONFIG_AGE_MS = 600_000;
/** A warning is repeated so often while it holds. */
const WARN_AGAIN_MS = 3_600_000;
/** It is given when less than this share of the retention is left, and less than a day. */
const WARN_SHARE = 0.25;
const WARN_MOST_MS = 86_400_000;

/** What is watched of a partition. */
export interface WatchedPartition {
  readonly id: PartitionEpoch;
  /** Where reading ends, as far as is known, and when that was learned. */
  readonly readableEnd: { readonly offset: number; readonly at: number } | null;
  /** Of the lowest open record, or of what comes next where nothing is open and more is there. Null when unknown, or all is done. */
  readonly oldestTimestamp: number | null;
  readonly committable: number;
  learnReadableEnd(offset: number): void;
}

export interface LagWatchOptions {
  readonly admin: TransportAdmin;
  /** At least so long from the end of one look to the next. */
  readonly intervalMs: number;
  readonly isolationLevel: 'read_committed' | 'read_uncommitted';
  /** Those that are held now. */
  readonly partitions: () => readonly WatchedPartition[];
}

/**
 * Knows what a consumer cannot tell from its batches: where the log of a partition ends that is paused or idle, and how long
 * retention leaves its oldest open record. It looks at an interval, with one request at a time, and only for partitions of which
 * no batch has come since the last look.
 */
export class LagWatch {
  readonly #runtime: Runtime;
  readonly #options: LagWatchOptions;
  readonly #retentions = new Map<string, Retention>();
  #configsReadAt = Number.NEGATIVE_INFINITY;
  /** When it was last said that retention comes near, by partition. */
  readonly #warnedAt = new Map<string, number>();
  readonly #failing = new Set<string>();
  #timer: Timer | null = null;
  #isRunning = false;

  constructor(runtime: Runtime, options: LagWatchOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** The first look is at once. Once only. */
  start(): void {
    this.#isRunning = true;
    void this.#look();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Null while it is not known, where nothing is open, and where retention never takes anything. */
  headroomMs({ id, oldestTimestamp }: WatchedPartition): number | null {
    return headroomMs(this.#retentions.get(id.topic) ?? null, oldestTimestamp, this.#runtime.clock.now());
  }

  /** Whether size may take records before their time; null while it is not known. */
  isLimitedBySize(topic: string): boolean | null {
    return this.#retentions.get(topic)?.bySize ?? null;
  }

  async #look(): Promise<void> {
    await this.#attempt('configuration of topics', () => this.#readConfigs());
    if (this.#isRunning) await this.#attempt('ends of logs', () => this.#readEnds());
    if (!this.#isRunning) return;
    for (const partition of this.#options.partitions()) this.#warnWhenNear(partition);
    this.#timer = this.#runtime.clock.setTimer(this.#options.intervalMs, () => void this.#look());
  }

  async #readConfigs(): Promise<void> {
    const { clock } = this.#runtime;
    const topics = [...new Set(this.#options.partitions().map(({ id }) => id.topic))];
    const isDue = clock.now() - this.#configsReadAt >= CONFIG_AGE_MS;
    const wanted = isDue ? topics : topics.filter((topic) => !this.#retentions.has(topic));
    if (wanted.length === 0) return;
    for (const described of await this.#options.admin.describeTopicConfigs(wanted, RETENTION_CONFIGS))
      this.#retentions.set(described.name, readRetention(described));
    if (isDue) this.#configsReadAt = clock.now();
  }

  async #readEnds(): Promise<void> {
    const { admin, intervalMs, isolationLevel, partitions } = this.#options;
    const since = this.#runtime.clock.now() - intervalMs;
    const stale = partitions().filter(({ readableEnd }) => readableEnd === null || readableEnd.at <= since);
    if (stale.length === 0) return;
    const places = stale.map(({ id: { topic, partition } }) => ({ topic, partition }));
    const listed = await admin.listOffsets(places, isolationLevel === 'read_committed' ? 'last-stable' : 'latest');
    for (const [index, partition] of stale.entries()) {
      const offset = listed[index]?.offset ?? null;
      if (offset !== null) partition.learnReadableEnd(offset);
    }
  }

  /** What cannot be known, perhaps for want of a permission, costs knowledge and nothing else: it is said once, and tried again. */
  async #attempt(what: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
      this.#failing.delete(what);
    } catch (error) {
      if (this.#failing.has(what) || !this.#isRunning) return;
      this.#failing.add(what);
      const message = `The ${what} could not be read, so lag or retention may be unknown; it is tried again`;
      this.#runtime.log.write('lag-unknown', { err: error }, message);
    }
  }

  #warnWhenNear(partition: WatchedPartition): void {
    const { clock, log, observe, member } = this.#runtime;
    const { id, committable: offset } = partition;
    const key = `${id.topic}/${id.partition}`;
    const leftMs = this.headroomMs(partition);
    const retentionMs = this.#retentions.get(id.topic)?.retentionMs ?? 0;
    if (leftMs === null || leftMs > Math.min(retentionMs * WARN_SHARE, WARN_MOST_MS)) {
      this.#warnedAt.delete(key);
      return;
    }
    const now = clock.now();
    if (now - (this.#warnedAt.get(key) ?? Number.NEGATIVE_INFINITY) < WARN_AGAIN_MS) return;
    this.#warnedAt.set(key, now);
    if (observe !== null) observe({ at: now, member, kind: 'retention-near', ...id, offset, headroomMs: leftMs });
    const { topic, partition: number } = id;
    log.write(
      'retention-near',
      { topic, partition: number, offset, headroomMs: leftMs },
      'Retention comes near: the oldest open record may be removed before it is done, and is lost then if this process ends',
    );
  }
}
