import type { Action } from '../../src/action.ts';
import type { Handler } from '../../src/handler.ts';
import type { CallOutcome } from '../checker/history.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { TappedMember } from './tapped-member.ts';

/** The same handler, which gives evidence: it writes down that it was entered, and its answer before it returns it. */
export function witnessHandler(handler: Handler, member: TappedMember, recorder: HistoryRecorder): Handler {
  return {
    ...handler,
    process(record, context) {
      const { topic, partition, offset } = record;
      const about = { call: recorder.nextId(), member: member.name, topic, partition, offset, attempt: context.attempt };
      if (member.alive) recorder.record({ kind: 'call-started', ...about });
      const ended = (outcome: CallOutcome, reason: string | null): void => {
        if (member.alive) recorder.record({ kind: 'call-ended', ...about, outcome, reason });
      };
      const answered = (action: Action): Action => {
        ended(outcomeOf(action), 'reason' in action ? (action.reason ?? null) : null);
        return action;
      };
      const threw = (error: unknown): never => {
        ended('failed', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
        throw error;
      };
      let answer: Action | Promise<Action>;
      try {
        answer = handler.process(record, context);
      } catch (error) {
        return threw(error);
      }
      if (!isPromise(answer)) return answered(answer);
      if (handler.deadlineMs === null) return answer.then(answered, threw);
      // An answer after its deadline counts as a failure, whatever it says: the handler was told so by its signal.
      const { signal } = context;
      return answer.then((action) => {
        if (!isPastDeadline(signal)) return answered(action);
        ended('failed', 'answered after its deadline');
        return action;
      }, threw);
    },
  };
}

function isPastDeadline(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as { readonly code?: unknown } | undefined)?.code === 'HANDLER_DEADLINE';
}

/** A handler may answer anything; what is no action counts as a failure. */
function outcomeOf(action: Action | null | undefined): CallOutcome {
  const type: unknown = action?.type;
  return type === 'consume' || type === 'skip' || type === 'reject' ? type : 'failed';
}

function isPromise(answer: Action | Promise<Action>): answer is Promise<Action> {
  return typeof (answer as { readonly then?: unknown } | null)?.then === 'function';
}
