import { consume, reject, skip } from '../src/action.ts';
import type { Action } from '../src/action.ts';
import type { Clock } from '../src/clock.ts';
import type { Handler } from '../src/handler.ts';
import { HANDLER } from '../src/handler.ts';
import type { Random } from '../src/random.ts';
import type { KafkaRecord } from '../src/record.ts';
import { randomStream } from '../testing/simulation/random.ts';
import type { Plan, RecordScript } from '../testing/scenario/plan.ts';

/** The header that tells a handler which operation of the plan produced the record: a tombstone has no value to say it. */
export const OPERATION_HEADER = 'rehearsal-op';

const decoder = new TextDecoder();

/**
 * The world of one run: how far each record's script has come. It outlives every crash, as a user's database does, so a
 * record that is to be skipped three times is skipped three times in all, whoever is given it.
 */
export class PlanWorld {
  readonly #plan: Plan;
  readonly #skipped = new Map<number, number>();
  readonly #failed = new Map<number, number>();

  /** Time of the venue: virtual or real. */
  readonly clock: Pick<Clock, 'now'>;
  /** Told of what a handler did to the world for a record. */
  onEffect: (effect: { readonly member: string; readonly name: string; readonly record: KafkaRecord }) => void = () => {};

  /** When the run began, by that clock. */
  readonly startedAt: number;
  /** A stream of the plan's seed, for whatever the world leaves to chance. */
  readonly random: Random;

  constructor(plan: Plan, clock: Pick<Clock, 'now'>) {
    this.#plan = plan;
    this.clock = clock;
    this.startedAt = clock.now();
    this.random = randomStream(plan.config.seed, 'workload', 'world');
  }

  /** Another stream of the plan's seed, apart from all others. */
  stream(name: string): Random {
    return randomStream(this.#plan.config.seed, 'workload', name);
  }

  /** The script of a record, by the operation that produced it; an empty one for a record that no operation did. */
  scriptOf(record: KafkaRecord): { readonly operation: number; readonly script: RecordScript } {
    const header = record.headers.find(([name]) => name === OPERATION_HEADER)?.[1];
    const operation = header === undefined || header === null ? -1 : Number(decoder.decode(header));
    const op = this.#plan.ops[operation];
    return { operation, script: op?.op === 'produce' ? (op.script ?? {}) : {} };
  }

  /** What the script does at this delivery before the record is let through; null when it has nothing more in store. */
  interrupt(operation: number, script: RecordScript): Action | null {
    const skipped = this.#skipped.get(operation) ?? 0;
    if (skipped < (script.skips ?? 0)) {
      this.#skipped.set(operation, skipped + 1);
      return skip('scripted');
    }
    const failed = this.#failed.get(operation) ?? 0;
    if (failed < (script.failures ?? 0)) {
      this.#failed.set(operation, failed + 1);
      throw scriptedFailure();
    }
    return null;
  }
}

/** Puts the plan's trouble in front of a handler: its skips, failures and delays come first, then the handler itself. */
export function scriptedHandler(world: PlanWorld, inner: Handler): Handler {
  return {
    ...inner,
    process(record, context) {
      const { operation, script } = world.scriptOf(record);
      const act = (): Action | Promise<Action> => world.interrupt(operation, script) ?? inner.process(record, context);
      if ((script.slowMs ?? 0) > 0) return context.clock.sleep(script.slowMs ?? 0).then(act);
      return script.async === true ? Promise.resolve().then(act) : act();
    },
  };
}

/** A handler without a mind of its own: the script's verdict is its answer. */
export function puppetHandler(world: PlanWorld, topics: readonly string[], retry: Handler['retry']): Handler {
  return scriptedHandler(world, {
    [HANDLER]: true,
    topics,
    retry,
    deadlineMs: null,
    process: (record) => (world.scriptOf(record).script.verdict === 'reject' ? reject('scripted') : consume()),
  });
}

/** Without a stack, which takes long and would say nothing: it comes from the plan. */
function scriptedFailure(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const failure = new Error('scripted failure');
  Error.stackTraceLimit = stackTraceLimit;
  return failure;
}
