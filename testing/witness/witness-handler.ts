import type { Action } from '../../src/action.ts';
import type { BatchContext, FailedAnswer, Handler, HandlerContext } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { CallOutcome, EventOf } from '../checker/history.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { TappedMember } from './tapped-member.ts';

/** The same handler, which gives evidence: it writes down that it was entered, and its answer before it returns it. */
export function witnessHandler(handler: Handler, member: TappedMember, recorder: HistoryRecorder): Handler {
  const { processBatch } = handler;
  return {
    ...handler,
    process(record, context) {
      const witness = new CallWitness(handler, record, context, member, recorder);
      let answer: Action | Promise<Action>;
      try {
        answer = handler.process(record, context);
      } catch (error) {
        throw witness.threw(error, context);
      }
      if (!isPromise(answer)) return witness.answered(answer);
      return answer.then(
        (action) => witness.settled(action, context),
        (error: unknown) => {
          throw witness.threw(error, context);
        },
      );
    },
    ...(processBatch === undefined
      ? {}
      : {
          processBatch(contexts: readonly HandlerContext[], context: BatchContext) {
            const batch = recorder.nextId();
            const witnesses = contexts.map((each) => new CallWitness(handler, each.record, each, member, recorder, batch));
            const settled = (answers: readonly (Action | FailedAnswer)[]): readonly (Action | FailedAnswer)[] => {
              witnesses.forEach((witness, index) => witness.settled(answers[index], context));
              return answers;
            };
            const answers = processBatch(contexts, context);
            return isPromise(answers) ? answers.then(settled) : settled(answers);
          },
        }),
  };
}

/** One record in one call of the handler. */
class CallWitness {
  readonly #handler: Handler;
  readonly #member: TappedMember;
  readonly #recorder: HistoryRecorder;
  readonly #about;

  constructor(
    handler: Handler,
    { topic, partition, offset }: KafkaRecord,
    { attempt }: Pick<HandlerContext, 'attempt'>,
    member: TappedMember,
    recorder: HistoryRecorder,
    batch?: number,
  ) {
    this.#handler = handler;
    this.#member = member;
    this.#recorder = recorder;
    this.#about = { call: recorder.nextId(), member: member.name, topic, partition, offset, attempt };
    if (member.alive) recorder.record({ kind: 'call-started', ...this.#about, ...(batch === undefined ? {} : { batch }) });
  }

  answered(action: Action): Action {
    const asked = action?.type === 'skip' && Number(action.retryAfterMs) >= 0 ? action.retryAfterMs : undefined;
    this.#ended(outcomeOf(action), 'reason' in action ? (action.reason ?? null) : null, asked === undefined ? {} : { retryAfterMs: asked });
    return action;
  }

  /** An answer after its deadline counts as a failure, whatever it says: the handler was told so by its signal. */
  settled(answer: Action | FailedAnswer | undefined, context: Pick<HandlerContext, 'signal'>): Action {
    if (answer?.type === 'failed') this.threw(answer.error, context);
    else if (this.#isLate(context)) this.#ended('failed', 'answered after its deadline');
    else return this.answered(answer as Action);
    return answer as Action;
  }

  threw(error: unknown, context: Pick<HandlerContext, 'signal'>): unknown {
    // What is thrown after the deadline is heard by nobody either.
    const isFinal = !this.#isLate(context) && this.#isFinal(error);
    this.#ended('failed', error instanceof Error ? `${error.name}: ${error.message}` : String(error), isFinal ? { final: true } : {});
    return error;
  }

  /** The signal is made when it is read: not without need. */
  #isLate(context: Pick<HandlerContext, 'signal'>): boolean {
    return this.#handler.deadlineMs !== null && isPastDeadline(context.signal);
  }

  /** Whether by the handler's own options no further attempt can mend it. */
  #isFinal(error: unknown): boolean {
    try {
      return this.#handler.retry.retryIf?.(error) === false;
    } catch {
      return false;
    }
  }

  #ended(outcome: CallOutcome, reason: string | null, more: Partial<Pick<EventOf<'call-ended'>, 'final' | 'retryAfterMs'>> = {}): void {
    if (this.#member.alive) this.#recorder.record({ kind: 'call-ended', ...this.#about, outcome, reason, ...more });
  }
}

function isPastDeadline(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as { readonly code?: unknown } | undefined)?.code === 'HANDLER_DEADLINE';
}

/** A handler may answer anything; what is no action counts as a failure. */
function outcomeOf(action: Action | null | undefined): CallOutcome {
  const type: unknown = action?.type;
  return type === 'consume' || type === 'skip' || type === 'reject' ? type : 'failed';
}

function isPromise<Answer>(answer: Answer | Promise<Answer>): answer is Promise<Answer> {
  return typeof (answer as { readonly then?: unknown } | null)?.then === 'function';
}
