/** A small language for hand-written histories: one partition `orders-0`, one millisecond between events. */
import type { Observation } from '../../src/observation.ts';
import { checkHistory } from '../../testing/checker/check-history.ts';
import type { CallOutcome, History, HistoryEvent, HistorySettings } from '../../testing/checker/history.ts';
import type { ViolationName } from '../../testing/checker/violation.ts';

const WHERE = { topic: 'orders', partition: 0 } as const;
const DEAD = { topic: 'dead', partition: 0 } as const;

type Bare<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

export class HistoryBuilder {
  readonly #events: HistoryEvent[] = [];
  readonly #settings: HistorySettings;
  readonly #attempts = new Map<string, number>();
  readonly #logged: number[] = [];
  readonly #written: { offset: number; message: string | null; content?: string; pointer?: true }[] = [];
  readonly #contents: string[] = [];
  #writtenStart = 0;
  #at = 0;
  #nextId = 1;

  constructor(settings: Partial<HistorySettings> = {}) {
    this.#settings = { ordering: 'partition', offsetReset: 'earliest', commitLagMs: 1000, observes: false, ...settings };
  }

  /** Records 0 to count − 1, with these keys (null where there is none). */
  produced(count: number, keys: readonly (string | null)[] = []): this {
    for (let index = 0; index < count; index += 1) {
      const offset = this.#logged.length;
      this.add({ kind: 'produced', ...WHERE, offset, key: keys[index] ?? null, tombstone: false });
      this.#logged.push(offset);
    }
    return this;
  }

  assigned(member: string, epoch: number, committedOffset: number | null = null, logEndOffset = 0, committedMetadata?: string): this {
    return this.add({
      kind: 'client-assigned',
      ...WHERE,
      member,
      epoch,
      generation: epoch,
      committedOffset,
      ...(committedMetadata === undefined ? {} : { committedMetadata }),
      logStartOffset: 0,
      logEndOffset,
    });
  }

  revoked(member: string, epoch: number): this {
    return this.add({ kind: 'client-revoked', ...WHERE, member, epoch });
  }

  lost(member: string, epoch: number): this {
    return this.add({ kind: 'client-lost', ...WHERE, member, epoch });
  }

  crashed(member: string): this {
    return this.add({ kind: 'member-crashed', member });
  }

  fetchFrom(member: string, epoch: number, offset: number): this {
    return this.add({ kind: 'client-fetch-from', ...WHERE, member, epoch, offset });
  }

  batch(
    member: string,
    epoch: number,
    fetchedFrom: number,
    nextOffset: number,
    accepted = true,
    rest: { readonly records?: number; readonly lastStableOffset?: number | null } = {},
  ): this {
    return this.add({
      kind: 'client-batch',
      ...WHERE,
      member,
      epoch,
      fetchedFrom,
      nextOffset,
      records: nextOffset - fetchedFrom,
      accepted,
      ...rest,
    });
  }

  /** Enters the handler; answers the number of the call for `answer`. */
  enter(member: string, offset: number): number {
    const call = this.#nextId++;
    const attempt = (this.#attempts.get(`${member} ${offset}`) ?? 0) + 1;
    this.#attempts.set(`${member} ${offset}`, attempt);
    this.add({ kind: 'call-started', ...WHERE, call, member, offset, attempt });
    return call;
  }

  /** Hands these records over together; answers the numbers of their calls. */
  enterBatch(member: string, offsets: readonly number[]): readonly number[] {
    const batch = this.#nextId++;
    return offsets.map((offset) => {
      const call = this.enter(member, offset);
      const started = this.#events.pop() as HistoryEvent;
      this.#events.push({ ...started, batch } as HistoryEvent);
      return call;
    });
  }

  /** One call with several records, and its answer for each. */
  batchCall(member: string, outcomes: Readonly<Record<number, CallOutcome>>): this {
    const offsets = Object.keys(outcomes).map(Number);
    const calls = this.enterBatch(member, offsets);
    offsets.forEach((offset, index) => this.answer(calls[index] as number, member, offset, outcomes[offset] as CallOutcome));
    return this;
  }

  answer(call: number, member: string, offset: number, outcome: CallOutcome, asked: { readonly retryAfterMs?: number } = {}): this {
    const attempt = this.#attempts.get(`${member} ${offset}`) ?? 1;
    return this.add({ kind: 'call-ended', ...WHERE, call, member, offset, attempt, outcome, reason: null, ...asked });
  }

  /** One delivery that is answered with a Skip that asks for a time. */
  asked(member: string, offset: number, retryAfterMs: number): this {
    return this.answer(this.enter(member, offset), member, offset, 'skip', { retryAfterMs });
  }

  /** One delivery from entry to answer. */
  call(member: string, offset: number, outcome: CallOutcome): this {
    return this.answer(this.enter(member, offset), member, offset, outcome);
  }

  commitSent(member: string, epoch: number, offset: number, metadata?: string): number {
    const commit = this.#nextId++;
    this.add({ kind: 'client-commit-sent', ...WHERE, commit, member, epoch, offset, ...(metadata === undefined ? {} : { metadata }) });
    return commit;
  }

  commitSettled(commit: number, member: string, epoch: number, offset: number, outcome: 'acknowledged' | 'refused' | 'unknown'): this {
    return this.add({ kind: 'client-commit-settled', ...WHERE, commit, member, epoch, offset, outcome, code: null });
  }

  /** Sent, settled, and where it was acknowledged the broker is seen to store it. */
  commit(
    member: string,
    epoch: number,
    offset: number,
    outcome: 'acknowledged' | 'refused' | 'unknown' = 'acknowledged',
    metadata?: string,
  ): this {
    this.commitSettled(this.commitSent(member, epoch, offset, metadata), member, epoch, offset, outcome);
    return outcome === 'acknowledged' ? this.stored(offset) : this;
  }

  stored(offset: number | null): this {
    return this.add({ kind: 'committed', ...WHERE, offset, askedAfter: this.#events.length });
  }

  observed(observation: Bare<Observation> extends infer Known ? Known : never): this {
    return this.add({ kind: 'observed', observation: { ...(observation as object), at: this.#at } as Observation });
  }

  /** Somebody has this process pause the partition, or with null its whole topic. */
  pausedByHand(member: string, partition: number | null = null): this {
    return this.add({ kind: 'paused-by-hand', member, selection: { topic: WHERE.topic, partition } });
  }

  resumedByHand(member: string, partition: number | null = null): this {
    return this.add({ kind: 'resumed-by-hand', member, selection: { topic: WHERE.topic, partition } });
  }

  /** The member is told that it will lose the partition, and has so long to finish. */
  revoking(member: string, epoch: number, graceMs = 1000): this {
    return this.add({ kind: 'client-revoking', ...WHERE, member, epoch, graceMs });
  }

  /** The member sends a message to `dead-0`; answers the number for `wrote`. */
  send(member: string, message: string): number {
    const produce = this.#nextId++;
    this.add({ kind: 'client-produce-sent', ...DEAD, produce, member, messages: [message] });
    return produce;
  }

  told(
    produce: number,
    member: string,
    message: string,
    outcome: 'acknowledged' | 'refused' | 'unknown',
    baseOffset: number | null = null,
  ): this {
    return this.add({ kind: 'client-produce-settled', ...DEAD, produce, member, messages: [message], outcome, baseOffset });
  }

  /** It stands at the end of `dead-0`, whoever was told. */
  stands(message: string, as: { readonly content?: string; readonly pointer?: true } = {}): this {
    this.#written.push({ offset: this.#written.length, message, ...as });
    return this;
  }

  /** Key and value of the records that were produced, as an independent client reads them. */
  contents(...contents: readonly string[]): this {
    this.#contents.push(...contents);
    return this;
  }

  /** Retention has taken what stands below. */
  writtenStart(offset: number): this {
    this.#writtenStart = offset;
    return this;
  }

  /** Sent, written, acknowledged. */
  wrote(member: string, message: string): this {
    const produce = this.send(member, message);
    this.stands(message);
    return this.told(produce, member, message, 'acknowledged', this.#written.length - 1);
  }

  wait(durationMs: number): this {
    this.#at += durationMs;
    return this;
  }

  add(event: Bare<HistoryEvent>): this {
    this.#at += 1;
    this.#events.push({ ...event, at: this.#at } as HistoryEvent);
    return this;
  }

  ended(drained = true): this {
    return this.add({ kind: 'ended', drained, note: null });
  }

  /** Offsets that the log has at the end; by default all that were produced. */
  history(logged: readonly number[] = this.#logged): History {
    const messages = this.#written.filter(({ offset }) => offset >= this.#writtenStart);
    return {
      settings: this.#settings,
      events: this.#events,
      logs: [{ ...WHERE, offsets: logged, ...(this.#contents.length === 0 ? {} : { contents: this.#contents }) }],
      written: [{ ...DEAD, messages, logStartOffset: this.#writtenStart }],
    };
  }

  /** The invariants that this history breaks, the worst first. */
  broken(logged?: readonly number[]): readonly ViolationName[] {
    return [...new Set(checkHistory(this.history(logged)).violations.map((violation) => violation.invariant))];
  }
}

/** A group whose member `a` holds the partition from offset 0. */
export function onePartition(records: number, settings: Partial<HistorySettings> = {}): HistoryBuilder {
  return new HistoryBuilder(settings).produced(records).assigned('a', 1).fetchFrom('a', 1, 0);
}
