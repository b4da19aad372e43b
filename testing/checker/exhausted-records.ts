import type { Observation } from '../../src/observation.ts';
import type { EventOf, HistorySettings } from './history.ts';
import type { Holding } from './holding.ts';
import type { PromiseBook } from './promises.ts';
import type { RecordState } from './record-state.ts';
import type { RunningCall } from './running-call.ts';

/** What a record has used up of its handler's limits in one holding, by the handler's own evidence. */
interface Tries {
  failures: number;
  skips: number;
  firstFailureAt: number | null;
  firstSkipAt: number | null;
  /** It failed in a way that no further attempt can mend. */
  final: boolean;
  /** Its lane stood still for it, by the runtime's word. */
  halted: boolean;
  /** Only because a call with it hangs: its counts go on. */
  haltedByCall: boolean;
  /** Somebody wants it sent to the dead letters, which was not done yet. */
  toBeSent: boolean;
  givenUp: boolean;
}

type Action = Extract<Observation, { readonly kind: 'action' }>;

/** Which records are given up by the options of their handler (`RetryPromise`), and which should have been. */
export class ExhaustedRecords {
  readonly #settings: HistorySettings;
  readonly #promises: PromiseBook;
  readonly #runningCalls: ReadonlyMap<number, RunningCall>;
  readonly #tries = new Map<Holding, Map<RecordState, Tries>>();
  /** Whose wall clock has jumped: how much time had passed for them is not known. */
  readonly #jumped = new Set<string>();

  /** `runningCalls`: those of the state, as they are at each moment. */
  constructor(settings: HistorySettings, promises: PromiseBook, runningCalls: ReadonlyMap<number, RunningCall>) {
    this.#settings = settings;
    this.#promises = promises;
    this.#runningCalls = runningCalls;
  }

  /** Counts an answer. True when it gives the record up and nobody else would say so: where the subject does not observe. */
  see(event: EventOf<'call-ended'>, { record, holding, startedAt }: RunningCall): boolean {
    const { retry, deadlineMs } = this.#promises.of(event.topic);
    if (retry === null || holding === null || (event.outcome !== 'failed' && event.outcome !== 'skip')) return false;
    const tries = this.#triesOf(holding, record);
    if (event.outcome === 'failed') {
      tries.failures += 1;
      // It has failed when its deadline passed, however late it says so itself.
      tries.firstFailureAt ??= Math.min(event.at, startedAt + (deadlineMs ?? Infinity));
      if (event.final === true) tries.final = true;
    } else {
      tries.skips += 1;
      tries.firstSkipAt ??= event.at;
    }
    if (this.#settings.observes || retry.onExhausted !== 'reject' || !this.isSpent(event.topic, record, holding)) return false;
    tries.givenUp = true;
    return true;
  }

  /** The runtime's word for it that the record was given up. True when the evidence bears it out. */
  giveUp(action: Action, record: RecordState, holding: Holding, at: number): boolean {
    if (!isPolicy(action) || !this.isBorneOut(action, record, holding, at)) return false;
    const tries = this.#triesOf(holding, record);
    tries.givenUp = true;
    tries.toBeSent = false;
    return true;
  }

  /** Whether a Reject for one of our own reasons is what the options of the handler say, by what is known. */
  isBorneOut(action: Action, record: RecordState, holding: Holding, at: number): boolean {
    const { retry } = this.#promises.of(action.topic);
    const tries = this.#tries.get(holding)?.get(record);
    if (action.reason === 'sent-by-hand') return tries?.halted === true && (tries.toBeSent || this.#settings.tellsDecisions !== true);
    return retry?.onExhausted === 'reject' && this.#isUsedUp(action.topic, action.reason === 'skips-exhausted', record, holding, at);
  }

  /** Whether a lane stands still for its record because that has used up what the options of the handler give it, by what is known. */
  isHaltBorneOut(topic: string, record: RecordState, holding: Holding, at: number): boolean {
    if (this.#promises.of(topic).retry?.onExhausted !== 'halt') return false;
    return this.#isUsedUp(topic, true, record, holding, at) || this.#isUsedUp(topic, false, record, holding, at);
  }

  #isUsedUp(topic: string, bySkips: boolean, record: RecordState, holding: Holding, at: number): boolean {
    const { retry, deadlineMs } = this.#promises.of(topic);
    const tries = this.#tries.get(holding)?.get(record);
    if (retry === null) return false;
    if (bySkips)
      return (tries?.skips ?? 0) > (retry.maxSkips ?? Infinity) || this.#hasPassed(retry.maxSkipMs, tries?.firstSkipAt, holding, at);
    const failures = (tries?.failures ?? 0) + (this.#isLate(record, holding, deadlineMs, at) ? 1 : 0);
    if (tries?.final === true || failures >= (retry.maxAttempts ?? Infinity)) return true;
    return this.#hasPassed(retry.maxElapsedMs, tries?.firstFailureAt, holding, at);
  }

  /** Whether the record has used up its attempts or skips in this holding, and may not be delivered again. */
  isSpent(topic: string, record: RecordState, holding: Holding): boolean {
    const { retry } = this.#promises.of(topic);
    const tries = retry === null ? undefined : this.#tries.get(holding)?.get(record);
    if (retry === null || tries === undefined || retry.onExhausted === 'continue') return false;
    return tries.final || tries.failures >= (retry.maxAttempts ?? Infinity) || tries.skips > (retry.maxSkips ?? Infinity);
  }

  isGivenUp(record: RecordState, holding: Holding | null): boolean {
    return holding !== null && this.#tries.get(holding)?.get(record)?.givenUp === true;
  }

  halted(record: RecordState, holding: Holding, byCall: boolean): void {
    const tries = this.#triesOf(holding, record);
    tries.haltedByCall = byCall && (!tries.halted || tries.haltedByCall);
    tries.halted = true;
  }

  /** Somebody has decided on its lane. */
  decided(record: RecordState, holding: Holding, decision: 'retry' | 'dead-letter'): void {
    const tries = this.#tries.get(holding)?.get(record);
    if (tries !== undefined) tries.toBeSent = decision === 'dead-letter';
  }

  /** Where somebody wants it tried again, it counts from the beginning; not where it only goes on beside a call that hangs. */
  resumed(record: RecordState, holding: Holding, by: 'retry' | 'dead-letter' | 'settled'): void {
    const tries = this.#tries.get(holding)?.get(record);
    if (by === 'dead-letter' || tries === undefined) return;
    if (tries.haltedByCall) tries.halted = false;
    if (tries.haltedByCall || by === 'settled') return;
    this.#tries.get(holding)?.delete(record);
    for (const running of this.#runningCalls.values())
      if (running.record === record && running.holding === holding) running.isDiscounted = true;
  }

  /** A call of it hangs, and the record goes on beside it: it was failed when it passed its deadline. */
  overtaken({ partition, record, holding, startedAt, isDiscounted }: RunningCall): void {
    const { retry, deadlineMs } = this.#promises.of(partition.topic);
    if (retry === null || holding === null || isDiscounted) return;
    const tries = this.#triesOf(holding, record);
    tries.failures += 1;
    tries.firstFailureAt ??= startedAt + (deadlineMs ?? 0);
  }

  jumped(member: string): void {
    this.#jumped.add(member);
  }

  #hasPassed(limitMs: number | undefined, since: number | null | undefined, holding: Holding, at: number): boolean {
    if (limitMs === undefined || since === null || since === undefined) return false;
    if (this.#jumped.has(holding.member) || this.#jumped.has(withoutLife(holding.member))) return true;
    return at - since >= limitMs - (this.#settings.clockSlackMs ?? 0);
  }

  /** A call that has passed its deadline has failed, although it still runs. */
  #isLate(record: RecordState, holding: Holding, deadlineMs: number | null, at: number): boolean {
    if (deadlineMs === null) return false;
    const slackMs = this.#settings.clockSlackMs ?? 0;
    for (const running of this.#runningCalls.values()) {
      if (running.record === record && running.holding === holding && !running.superseded && at - running.startedAt >= deadlineMs - slackMs)
        return true;
    }
    return false;
  }

  #triesOf(holding: Holding, record: RecordState): Tries {
    let records = this.#tries.get(holding);
    if (records === undefined) this.#tries.set(holding, (records = new Map<RecordState, Tries>()));
    let tries = records.get(record);
    if (tries === undefined) {
      tries = {
        failures: 0,
        skips: 0,
        firstFailureAt: null,
        firstSkipAt: null,
        final: false,
        halted: false,
        haltedByCall: false,
        toBeSent: false,
        givenUp: false,
      };
      records.set(record, tries);
    }
    return tries;
  }
}

/** The last one is an operator's, about a lane that stands still. */
const POLICY_REASONS: ReadonlySet<string> = new Set(['retries-exhausted', 'skips-exhausted', 'sent-by-hand']);

/** Whether the Reject is the runtime's own, by the options of the handler, and not the handler's. */
export function isPolicy(action: Action): boolean {
  return action.action === 'reject' && POLICY_REASONS.has(action.reason ?? '');
}

/** `a` of `a#2`. */
function withoutLife(member: string): string {
  return member.split('#')[0] ?? member;
}
