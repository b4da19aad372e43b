/**
 * Correct histories: a small group whose members do everything right, while members come and go, commits fail and answers
 * get lost. Each choice takes one of the legal next steps, so every list of choices is a legal interleaving.
 */
import type { History, HistoryEvent } from '../../testing/checker/history.ts';

const TOPIC = 'orders';
const DEAD = { topic: 'dead', partition: 0 } as const;

/** Records of a partition that are not committed, at most. */
const MAX_BACKLOG = 20;

type Bare<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

/** One assignment of one partition. */
interface Holding {
  readonly member: string;
  readonly epoch: number;
  position: number;
  /** Handed over and not done, in order. */
  readonly open: number[];
  committed: number;
  /** The fetch that was under way when it was paused by hand has come, or there was none. */
  isFetchOver: boolean;
}

interface Partition {
  readonly partition: number;
  end: number;
  stored: number | null;
  holding: Holding | null;
  /** The call that runs, by whatever holding it was made. */
  running: { readonly call: number; readonly offset: number; readonly holding: Holding; readonly attempt: number } | null;
  /** The process in which somebody has paused it by hand, whoever holds it. */
  pausedIn: string | null;
}

export class LegalGroup {
  readonly #events: HistoryEvent[] = [];
  readonly #partitions: readonly Partition[];
  readonly #letters: string[] = [];
  #lives = 0;
  #epoch = 0;
  #id = 0;
  #at = 0;

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      end: 0,
      stored: null,
      holding: null,
      running: null,
      pausedIn: null,
    }));
  }

  get size(): number {
    return this.#events.length;
  }

  /** One legal step, of a partition; `choice` says which. */
  step(choice: number): void {
    const partition = this.#partitions[choice % this.#partitions.length] as Partition;
    const steps = this.#legal(partition);
    (steps[Math.floor(choice / this.#partitions.length) % steps.length] as () => void)();
  }

  /** Everything is done and committed in the end. */
  finish(): History {
    for (const partition of this.#partitions) {
      if (partition.running !== null) this.#answer(partition, 'consume');
      if (partition.holding === null) this.#assign(partition);
      if (partition.pausedIn !== null) this.#setPaused(partition, partition.pausedIn, false);
      if (partition.holding !== null) this.#batch(partition, partition.holding);
      while ((partition.holding?.open.length ?? 0) > 0) {
        this.#call(partition);
        this.#answer(partition, 'consume');
      }
      this.#commit(partition, 'acknowledged');
    }
    this.#add({ kind: 'ended', drained: true, note: null });
    const logs = this.#partitions.map(({ partition, end }) => ({
      topic: TOPIC,
      partition,
      offsets: Array.from({ length: end }, (_, offset) => offset),
    }));
    const messages = this.#letters.map((message, offset) => ({ offset, message }));
    return {
      settings: { ordering: 'partition', offsetReset: 'earliest', commitLagMs: 1e12, observes: false, deadLetterTopic: DEAD.topic },
      events: this.#events,
      logs,
      written: [{ ...DEAD, messages, logStartOffset: 0 }],
    };
  }

  #legal(partition: Partition): readonly (() => void)[] {
    const { holding, running } = partition;
    const isFull = partition.end - (partition.stored ?? 0) >= MAX_BACKLOG;
    const steps: (() => void)[] = isFull ? [] : [() => this.#produce(partition)];
    if (running !== null) {
      steps.push(
        () => this.#answer(partition, 'consume'),
        () => this.#answer(partition, 'skip'),
        () => this.#answer(partition, 'failed'),
        () => this.#answer(partition, 'reject'),
      );
    }
    if (holding === null) return [...steps, () => this.#assign(partition)];
    steps.push(
      () => this.#lose(partition, holding),
      () => this.#revoke(partition, holding),
      () => this.#crash(partition, holding),
    );
    const isPaused = partition.pausedIn === holding.member;
    steps.push(() => this.#setPaused(partition, holding.member, !isPaused));
    if (holding.position < partition.end && !(isPaused && holding.isFetchOver)) steps.push(() => this.#batch(partition, holding));
    if (running === null && holding.open.length > 0 && !isPaused) steps.push(() => this.#call(partition));
    if (committable(holding) > holding.committed) {
      for (const outcome of ['acknowledged', 'acknowledged', 'refused', 'stored, but unknown', 'unknown'] as const)
        steps.push(() => this.#commit(partition, outcome));
    }
    return steps;
  }

  #produce(partition: Partition): void {
    this.#add({ kind: 'produced', ...place(partition), offset: partition.end, key: null, tombstone: false });
    partition.end += 1;
  }

  /** To a member that is new, or that had it before and has finished its call. */
  #assign(partition: Partition): void {
    this.#epoch += 1;
    const member = partition.running === null ? `m${partition.partition}-${this.#lives}` : `m${partition.partition}-${(this.#lives += 1)}`;
    const start = partition.stored ?? 0;
    const holding: Holding = {
      member,
      epoch: this.#epoch,
      position: start,
      open: [],
      committed: start,
      isFetchOver: partition.pausedIn === member,
    };
    partition.holding = holding;
    const { stored, end } = partition;
    const where = { ...place(partition), member, epoch: this.#epoch };
    this.#add({
      kind: 'client-assigned',
      ...where,
      generation: this.#epoch,
      committedOffset: stored,
      logStartOffset: 0,
      logEndOffset: end,
    });
    this.#add({ kind: 'client-fetch-from', ...where, offset: start });
    // A call of another process may still run there; this one knows nothing of it.
    if (partition.running !== null) partition.running = null;
  }

  #batch(partition: Partition, holding: Holding): void {
    const from = holding.position;
    if (from === partition.end) return;
    holding.isFetchOver = true;
    for (let offset = from; offset < partition.end; offset += 1) holding.open.push(offset);
    holding.position = partition.end;
    this.#add({
      kind: 'client-batch',
      ...of(partition, holding),
      fetchedFrom: from,
      nextOffset: partition.end,
      records: partition.end - from,
      accepted: true,
      lastStableOffset: partition.end,
    });
  }

  /** By turns the partition alone and its whole topic, of which a process has nothing else. */
  #setPaused(partition: Partition, member: string, isPaused: boolean): void {
    partition.pausedIn = isPaused ? member : null;
    if (partition.holding !== null) partition.holding.isFetchOver = false;
    const selection = { topic: TOPIC, partition: isPaused || this.#events.length % 2 === 0 ? partition.partition : null };
    this.#add({ kind: isPaused ? 'paused-by-hand' : 'resumed-by-hand', member, selection });
  }

  #call(partition: Partition): void {
    const { holding } = partition;
    const [offset] = holding?.open ?? [];
    if (holding === null || offset === undefined) return;
    const call = this.#nextId();
    partition.running = { call, offset, holding, attempt: 1 };
    this.#add({ kind: 'call-started', ...place(partition), call, member: holding.member, offset, attempt: 1 });
  }

  #answer(partition: Partition, outcome: 'consume' | 'skip' | 'failed' | 'reject'): void {
    const { running } = partition;
    if (running === null) return;
    const { call, offset, holding, attempt } = running;
    partition.running = null;
    this.#add({ kind: 'call-ended', ...place(partition), call, member: holding.member, offset, attempt, outcome, reason: null });
    if (partition.holding !== holding || outcome === 'skip' || outcome === 'failed') return;
    if (outcome === 'reject') this.#writeLetter(`${TOPIC}/${partition.partition}/${offset}`, holding.member);
    holding.open.shift();
  }

  /** Every second letter is written and has no answer, and is written again. */
  #writeLetter(message: string, member: string): void {
    for (const outcome of this.#letters.length % 2 === 1 ? (['unknown', 'acknowledged'] as const) : (['acknowledged'] as const)) {
      const produce = this.#nextId();
      const sent = { ...DEAD, produce, member, messages: [message] };
      this.#add({ kind: 'client-produce-sent', ...sent });
      this.#letters.push(message);
      this.#add({
        kind: 'client-produce-settled',
        ...sent,
        outcome,
        baseOffset: outcome === 'acknowledged' ? this.#letters.length - 1 : null,
      });
    }
  }

  #commit(partition: Partition, outcome: 'acknowledged' | 'refused' | 'stored, but unknown' | 'unknown'): void {
    const { holding } = partition;
    if (holding === null) return;
    const offset = committable(holding);
    if (offset <= holding.committed) return;
    const sent = { ...of(partition, holding), commit: this.#nextId(), offset };
    this.#add({ kind: 'client-commit-sent', ...sent });
    if (outcome === 'acknowledged' || outcome === 'stored, but unknown') partition.stored = offset;
    if (outcome === 'acknowledged') holding.committed = offset;
    this.#add({ kind: 'client-commit-settled', ...sent, outcome: outcome === 'stored, but unknown' ? 'unknown' : outcome, code: null });
    this.#add({ kind: 'committed', ...place(partition), offset: partition.stored, askedAfter: this.#events.length });
  }

  #revoke(partition: Partition, holding: Holding): void {
    this.#add({ kind: 'client-revoking', ...of(partition, holding), graceMs: 1_000 });
    this.#commit(partition, 'acknowledged');
    this.#add({ kind: 'client-revoked', ...of(partition, holding) });
    partition.holding = null;
  }

  #lose(partition: Partition, holding: Holding): void {
    this.#add({ kind: 'client-lost', ...of(partition, holding) });
    partition.holding = null;
  }

  #crash(partition: Partition, holding: Holding): void {
    this.#add({ kind: 'member-crashed', member: holding.member });
    this.#lives += 1;
    partition.holding = null;
    partition.running = null;
  }

  #nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  #add(event: Bare<HistoryEvent>): void {
    this.#at += 1;
    this.#events.push({ ...event, at: this.#at } as HistoryEvent);
  }
}

function committable(holding: Holding): number {
  return holding.open[0] ?? holding.position;
}

function place({ partition }: Partition): { readonly topic: string; readonly partition: number } {
  return { topic: TOPIC, partition };
}

function of(partition: Partition, { member, epoch }: Holding) {
  return { ...place(partition), member, epoch };
}
