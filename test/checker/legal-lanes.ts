/**
 * Correct histories of a consumer with lanes, limits, batches, dead letters and a durable ledger: one partition, and members that
 * come and go. Each choice takes one of the legal next steps, so every list of choices is a legal interleaving. A defect is one
 * rule that is broken, and nothing else.
 */
import type { CallOutcome, History, HistoryEvent } from '../../testing/checker/history.ts';
import { laneOf } from '../../testing/checker/lane.ts';
import type { Ordering } from '../../testing/checker/promises.ts';
import { ledgerText } from './ledger-text.ts';

export const DEFECTS = [
  'forgets an open record',
  'claims a record too many',
  'commits before the letter',
  'overdraws the bucket',
  'believes a late answer',
  'makes a call too many',
  'tries once too often',
  'fetches beyond the window',
  'does not believe the ledger',
  'never writes the ledger',
] as const;
export type Defect = (typeof DEFECTS)[number];

const WHERE = { topic: 'orders', partition: 0 } as const;
const DEAD = { topic: 'dead', partition: 0 } as const;
const KEYS = ['x', 'y', null] as const;
const CONCURRENCY = 2;
const RATE = { recordsPerSecond: 20, burst: 3 };
const MAX_ATTEMPTS = 2;
const DEADLINE_MS = 400;
const WINDOW = 6;
const MAX_BATCH = 3;
const COMMIT_LAG_MS = 2_500;
/** The consumer's own. */
const COMMIT_INTERVAL_MS = 500;
/** Records that are not committed, at most. */
const MAX_BACKLOG = 14;

type Bare<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

interface Open {
  readonly offset: number;
  failures: number;
  running: boolean;
  /** Rejected or given up; done once its letter is acknowledged. */
  rejected: boolean;
}

interface Holding {
  readonly member: string;
  readonly epoch: number;
  readonly open: Open[];
  /** Done above the lowest open one, here or by the ledger that it began with. */
  readonly done: Set<number>;
  readonly claimed: ReadonlySet<number>;
  position: number;
}

interface Call {
  readonly call: number;
  readonly offset: number;
  readonly batch: number | null;
  readonly holding: Holding;
  readonly startedAt: number;
}

export class LegalLanes {
  readonly #ordering: Ordering;
  readonly #defect: Defect | null;
  readonly #events: HistoryEvent[] = [];
  readonly #keys: (string | null)[] = [];
  readonly #letters: string[] = [];
  readonly #attempts = new Map<string, number>();
  #calls: Call[] = [];
  #holding: Holding | null = null;
  #stored: { readonly offset: number; readonly done: readonly number[]; readonly metadata: string | undefined } | null = null;
  #member = 0;
  #epoch = 0;
  #id = 0;
  #at = 0;
  #tokens = RATE.burst;
  #earnedAt = 0;
  #isQuiet = false;
  #committedAt = 0;

  constructor(ordering: Ordering, defect: Defect | null = null) {
    this.#ordering = ordering;
    this.#defect = defect;
  }

  step(choice: number): void {
    if (this.#holding !== null && this.#at - this.#committedAt > COMMIT_INTERVAL_MS) this.#commit(this.#holding, 'acknowledged');
    const steps = this.#legal(choice);
    (steps[choice % steps.length] as () => void)();
  }

  /** Everything is done and committed in the end. */
  finish(): History {
    this.#isQuiet = true;
    if (this.#holding !== null) {
      this.#commit(this.#holding, 'acknowledged');
      this.#at += COMMIT_LAG_MS;
      this.#commit(this.#holding, 'acknowledged');
    }
    for (const call of [...this.#calls]) this.#answer(call, 'consume');
    if (this.#holding === null) this.#assign();
    const holding = this.#holding as unknown as Holding;
    while (holding.position < this.#keys.length || holding.open.length > 0) {
      if (holding.position < this.#keys.length && !this.#isFull(holding)) this.#fetch(holding);
      for (const open of holding.open.filter(({ rejected }) => rejected)) this.#writeLetter(holding, open);
      const next = this.#startable(holding)[0];
      if (next !== undefined) this.#start(holding, [next]);
      for (const call of [...this.#calls]) this.#answer(call, 'consume');
      this.#commit(holding, 'acknowledged');
    }
    this.#commit(holding, 'acknowledged');
    this.#add({ kind: 'ended', drained: true, note: null });
    return {
      settings: {
        ordering: 'partition',
        offsetReset: 'earliest',
        commitLagMs: COMMIT_LAG_MS,
        observes: false,
        handlers: [
          {
            topics: [WHERE.topic],
            ordering: this.#ordering,
            concurrency: CONCURRENCY,
            rateLimit: RATE,
            deadLetterTopic: DEAD.topic,
            retry: { maxAttempts: MAX_ATTEMPTS, onExhausted: 'reject' },
            deadlineMs: DEADLINE_MS,
            maxBatchRecords: MAX_BATCH,
          },
        ],
        process: { openWindow: WINDOW, durableLedger: true },
      },
      events: this.#events,
      logs: [{ ...WHERE, offsets: this.#keys.map((_, offset) => offset) }],
      written: [{ ...DEAD, messages: this.#letters.map((message, offset) => ({ offset, message })), logStartOffset: 0 }],
    };
  }

  #legal(choice: number): readonly (() => void)[] {
    const holding = this.#holding;
    const isCrowded = this.#keys.length - (this.#stored?.offset ?? 0) >= MAX_BACKLOG;
    const steps: (() => void)[] = [
      () => {
        this.#at += choice % 2 === 0 ? 100 : 450;
      },
    ];
    if (!isCrowded) steps.push(() => this.#produce(KEYS[choice % KEYS.length] ?? null));
    for (const call of this.#calls.filter(({ batch, call: id }) => batch === null || id === batch + 1))
      for (const outcome of ['consume', 'skip', 'failed', 'reject', 'consume'] as const) steps.push(() => this.#answerAll(call, outcome));
    if (holding === null) return [...steps, () => this.#assign()];
    const startable = this.#startable(holding);
    for (const open of startable) steps.push(() => this.#start(holding, [open]));
    if (startable.length > 0) steps.push(() => this.#start(holding, this.#batchable(holding, startable), true));
    for (const open of holding.open) if (open.rejected) steps.push(() => this.#writeLetter(holding, open));
    if (holding.position < this.#keys.length && (!this.#isFull(holding) || this.#defect === 'fetches beyond the window'))
      steps.push(() => this.#fetch(holding));
    for (const outcome of ['acknowledged', 'acknowledged', 'refused', 'stored, but unknown', 'unknown'] as const)
      steps.push(() => this.#commit(holding, outcome));
    // Rare among so many.
    if (choice % 7 === 0)
      steps.push(
        () => this.#lose(holding),
        () => this.#revoke(holding),
        () => this.#crash(holding),
      );
    return steps;
  }

  #produce(key: string | null): void {
    this.#add({ kind: 'produced', ...WHERE, offset: this.#keys.length, key, tombstone: false });
    this.#keys.push(key);
  }

  /** To the same process, whose calls may still run, or to another one. */
  #assign(): void {
    this.#epoch += 1;
    const stored = this.#stored;
    const start = stored?.offset ?? 0;
    const member = `m${this.#member}`;
    const claimed = new Set(this.#defect === 'does not believe the ledger' ? [] : stored?.done);
    const holding: Holding = { member, epoch: this.#epoch, open: [], done: new Set(claimed), claimed, position: start };
    this.#holding = holding;
    this.#add({
      kind: 'client-assigned',
      ...WHERE,
      member,
      epoch: this.#epoch,
      generation: this.#epoch,
      committedOffset: stored?.offset ?? null,
      ...(stored?.metadata === undefined ? {} : { committedMetadata: stored.metadata }),
      logStartOffset: 0,
      logEndOffset: this.#keys.length,
    });
    this.#add({ kind: 'client-fetch-from', ...of(holding), offset: start });
  }

  #fetch(holding: Holding): void {
    const from = holding.position;
    const to = Math.min(this.#keys.length, from + 4);
    holding.position = to;
    for (let offset = from; offset < to; offset += 1)
      if (!holding.claimed.has(offset)) holding.open.push({ offset, failures: 0, running: false, rejected: false });
    const batch = { fetchedFrom: from, nextOffset: to, records: to - from, accepted: true, lastStableOffset: this.#keys.length };
    this.#add({ kind: 'client-batch', ...of(holding), ...batch });
  }

  /** Records whose lane is free, in the order of their offsets, as far as the limit on calls goes. */
  #startable(holding: Holding): readonly Open[] {
    const calls = new Set(this.#calls.map(({ call, batch }) => batch ?? call)).size;
    const room = CONCURRENCY - calls + (this.#defect === 'makes a call too many' ? 1 : 0);
    if (room <= 0) return [];
    const busy = new Set(this.#calls.map(({ offset }) => this.#lane(offset)));
    const free: Open[] = [];
    for (const open of holding.open) {
      const lane = this.#lane(open.offset);
      if (!busy.has(lane) && !open.rejected) free.push(open);
      if (this.#defect !== 'forgets an open record' || open.failures > 0) busy.add(lane);
    }
    return free;
  }

  #start(holding: Holding, records: readonly Open[], together = false): void {
    const batch = together ? this.#nextId() : null;
    // The calls of a batch have the numbers behind its own.
    if (batch !== null) this.#id += records.length;
    this.#earn(records.length);
    for (const [index, open] of records.entries()) {
      open.running = true;
      const call = batch === null ? this.#nextId() : batch + 1 + index;
      const about = `${holding.member} ${open.offset}`;
      const attempt = (this.#attempts.get(about) ?? 0) + 1;
      this.#attempts.set(about, attempt);
      const startedAt = this.#at;
      this.#calls.push({ call, offset: open.offset, batch, holding, startedAt });
      const started = { call, member: holding.member, offset: open.offset, attempt, ...(batch === null ? {} : { batch }) };
      this.#add({ kind: 'call-started', ...WHERE, ...started });
    }
  }

  /** What may be handed over together: those that are free, and whatever stands behind them in their lanes. */
  #batchable(holding: Holding, startable: readonly Open[]): readonly Open[] {
    const lanes = new Set(startable.map(({ offset }) => this.#lane(offset)));
    const together = holding.open.filter((open) => {
      const isFree = lanes.has(this.#lane(open.offset)) && !open.rejected;
      // Nothing may be left out in a lane.
      if (!isFree) lanes.delete(this.#lane(open.offset));
      return isFree;
    });
    return together.slice(0, MAX_BATCH);
  }

  /** The answer of one call, which is one for each of its records. */
  #answerAll(call: Call, outcome: CallOutcome): void {
    const together = call.batch === null ? [call] : this.#calls.filter(({ batch }) => batch === call.batch);
    together.forEach((each, index) => this.#answer(each, index === 1 ? 'skip' : outcome));
  }

  /** Waits until so many may be delivered. */
  #earn(count: number): void {
    const refill = (): void => {
      this.#tokens = Math.min(RATE.burst, this.#tokens + ((this.#at - this.#earnedAt) * RATE.recordsPerSecond) / 1_000);
      this.#earnedAt = this.#at;
    };
    refill();
    if (this.#tokens < count && this.#defect !== 'overdraws the bucket') {
      this.#at += Math.ceil(((count - this.#tokens) * 1_000) / RATE.recordsPerSecond);
      refill();
    }
    this.#tokens -= count;
  }

  #answer(call: Call, wanted: CallOutcome): void {
    const { holding, offset } = call;
    this.#calls = this.#calls.filter((each) => each !== call);
    const isLate = this.#at + 1 - call.startedAt >= DEADLINE_MS;
    const outcome = isLate ? 'failed' : wanted;
    const attempt = this.#attempts.get(`${holding.member} ${offset}`) ?? 1;
    this.#add({ kind: 'call-ended', ...WHERE, call: call.call, member: holding.member, offset, attempt, outcome, reason: null });
    const open = holding.open.find((each) => each.offset === offset);
    if (this.#holding !== holding || open === undefined) return;
    open.running = false;
    if (outcome === 'failed') open.failures += 1;
    const isBelieved = isLate && this.#defect === 'believes a late answer' && wanted === 'consume';
    const attempts = MAX_ATTEMPTS + (this.#defect === 'tries once too often' ? 1 : 0);
    if (outcome === 'consume' || isBelieved) this.#done(holding, open);
    else if (outcome === 'reject' || open.failures >= attempts) {
      open.rejected = true;
      if (this.#defect !== 'commits before the letter') return;
      this.#done(holding, open);
      this.#commit(holding, 'acknowledged');
      this.#writeLetter(holding, open);
    }
  }

  /** Every second letter is written and has no answer, and is written again. */
  #writeLetter(holding: Holding, open: Open): void {
    const message = `orders/0/${open.offset}`;
    for (const outcome of this.#letters.length % 2 === 1 ? (['unknown', 'acknowledged'] as const) : (['acknowledged'] as const)) {
      const sent = { ...DEAD, produce: this.#nextId(), member: holding.member, messages: [message] };
      this.#add({ kind: 'client-produce-sent', ...sent });
      this.#letters.push(message);
      const baseOffset = outcome === 'acknowledged' ? this.#letters.length - 1 : null;
      this.#add({ kind: 'client-produce-settled', ...sent, outcome, baseOffset });
    }
    if (holding.open.includes(open)) this.#done(holding, open);
  }

  #done(holding: Holding, open: Open): void {
    holding.open.splice(holding.open.indexOf(open), 1);
    holding.done.add(open.offset);
  }

  #commit(holding: Holding, outcome: 'acknowledged' | 'refused' | 'stored, but unknown' | 'unknown'): void {
    const offset = committable(holding);
    const runningNow = holding.open.find(({ offset: each, running }) => running && each > offset)?.offset;
    const extra = this.#defect === 'claims a record too many' && runningNow !== undefined ? [runningNow] : [];
    const done = [...holding.done, ...extra].filter((each) => each >= offset).toSorted((left, right) => left - right);
    const isWritten = done.length > 0 && this.#defect !== 'never writes the ledger';
    const metadata = isWritten ? ledgerText(offset, ...runsOf(done)) : undefined;
    if (!this.#isQuiet && offset === 0 && metadata === undefined) return;
    this.#committedAt = this.#at;
    const sent = { ...of(holding), commit: this.#nextId(), offset };
    this.#add({ kind: 'client-commit-sent', ...sent, ...(metadata === undefined ? {} : { metadata }) });
    if (outcome === 'acknowledged' || outcome === 'stored, but unknown') this.#stored = { offset, done: isWritten ? done : [], metadata };
    this.#add({ kind: 'client-commit-settled', ...sent, outcome: outcome === 'stored, but unknown' ? 'unknown' : outcome, code: null });
    this.#add({ kind: 'committed', ...WHERE, offset: this.#stored?.offset ?? null, askedAfter: this.#events.length });
  }

  #revoke(holding: Holding): void {
    this.#add({ kind: 'client-revoking', ...of(holding), graceMs: 1_000 });
    this.#commit(holding, 'acknowledged');
    this.#add({ kind: 'client-revoked', ...of(holding) });
    this.#holding = null;
  }

  #lose(holding: Holding): void {
    this.#add({ kind: 'client-lost', ...of(holding) });
    this.#holding = null;
  }

  #crash(holding: Holding): void {
    this.#add({ kind: 'member-crashed', member: holding.member });
    this.#member += 1;
    this.#holding = null;
    this.#calls = [];
    this.#tokens = RATE.burst;
  }

  #isFull(holding: Holding): boolean {
    return holding.position - committable(holding) >= WINDOW;
  }

  #lane(offset: number): string {
    return laneOf(this.#ordering, { offset, key: this.#keys[offset] ?? null });
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
  return holding.open[0]?.offset ?? holding.position;
}

function runsOf(offsets: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const offset of offsets) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === offset) last[1] = offset + 1;
    else runs.push([offset, offset + 1]);
  }
  return runs;
}

function of({ member, epoch }: Holding) {
  return { ...WHERE, member, epoch };
}
