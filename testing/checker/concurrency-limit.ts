import type { EventOf } from './history.ts';
import { NOTHING, watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/** Calls that run in one process, of one handler or of all. */
class Gauge {
  readonly #running = new Map<string, number>();

  add(member: string, by: number): number {
    const running = (this.#running.get(member) ?? 0) + by;
    this.#running.set(member, running);
    return running;
  }
}

/** One call, which may have been given several records. */
interface Unit {
  readonly member: string;
  readonly handler: number;
  readonly place: string;
  readonly startedAt: number;
  /** After so long by the handler's option, a call that hangs counts no longer. */
  readonly overlapAfterMs: number | null;
  records: number;
}

/**
 * Never more calls at once than promised, of a handler in one process and of all handlers of a process, by the word of the
 * handlers themselves. A batch is one call, and one whose assignment is over counts until it has ended. A call that a lane may go on
 * beside, because it hangs, counts no longer: by the handler's option after a time, or because somebody wants it.
 */
export const concurrencyLimit: Invariant = {
  name: 'concurrency-limit',
  promise: 'No more calls ran at once than the limits on concurrency allow.',
  watch(state, judge) {
    const { handlers = [], process } = state.history.settings;
    const ofProcess = process?.concurrency ?? null;
    if (ofProcess === null && handlers.every(({ concurrency }) => concurrency === undefined)) return NOTHING;
    const byHandler = new Gauge();
    const byProcess = new Gauge();
    const units = new Map<number, Unit>();
    const unitOf = new Map<number, number>();
    const forget = (id: number, unit: Unit): void => {
      units.delete(id);
      byHandler.add(`${unit.member} ${unit.handler}`, -1);
      byProcess.add(unit.member, -1);
    };
    /** A hung call no longer counts, and whether it hangs matters only where something seems to be too much. */
    const withoutHung = (member: string, at: number): boolean => {
      const before = units.size;
      for (const [id, unit] of units) {
        if (unit.member === member && unit.overlapAfterMs !== null && at - unit.startedAt >= unit.overlapAfterMs) forget(id, unit);
      }
      return units.size < before;
    };
    const judgeLimit = (event: EventOf<'call-started'>, running: () => number, limit: number | null, whose: string): void => {
      if (limit === null) return;
      judge.evaluated();
      if (running() <= limit || (withoutHung(event.member, event.at) && running() <= limit)) return;
      judge.violated({
        where: event,
        offsets: [event.offset],
        members: [event.member],
        at: event.at,
        message:
          `${partitionName(event)}: record ${event.offset} was handed to a handler of ${event.member} while ${running() - 1} calls ran; ${whose} promises at most ${limit} at once. ` +
          'What the limit protects (a database, a quota) gets more than it can take.',
      });
    };
    return watching(['call-started', 'call-ended', 'member-crashed', 'log-replaced', 'decided-by-hand'], {
      see(event) {
        if (event.kind === 'decided-by-hand') {
          for (const id of new Set(state.hungUnit(event).map(({ unit }) => unit))) {
            const unit = units.get(id);
            if (unit !== undefined) forget(id, unit);
          }
          return;
        }
        if (event.kind === 'member-crashed') {
          for (const [id, unit] of units) if (unit.member === event.member) forget(id, unit);
          return;
        }
        if (event.kind === 'log-replaced') {
          // Nothing more is heard of it, the end of its calls included.
          for (const [id, unit] of units) if (unit.place === partitionName(event)) forget(id, unit);
          return;
        }
        if (event.kind === 'call-ended') {
          const id = unitOf.get(event.call) ?? event.call;
          unitOf.delete(event.call);
          const unit = units.get(id);
          if (unit === undefined) return;
          unit.records -= 1;
          if (unit.records === 0) forget(id, unit);
          return;
        }
        if (event.kind !== 'call-started') return;
        const id = event.batch ?? event.call;
        unitOf.set(event.call, id);
        const known = units.get(id);
        if (known !== undefined) {
          known.records += 1;
          return;
        }
        const { handler, concurrency, overlapAfterMs } = state.promises.of(event.topic);
        const { member } = event;
        units.set(id, { member, handler, place: partitionName(event), startedAt: event.at, overlapAfterMs, records: 1 });
        byHandler.add(`${member} ${handler}`, 1);
        byProcess.add(member, 1);
        judgeLimit(event, () => byHandler.add(`${member} ${handler}`, 0), concurrency, 'the handler');
        judgeLimit(event, () => byProcess.add(member, 0), ofProcess, 'the process');
      },
    });
  },
};
