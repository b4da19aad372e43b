import { consume, reject, skip } from '../src/action.ts';
import type { Action } from '../src/action.ts';
import { defineBatchHandler } from '../src/define-handler.ts';
import type { Clock } from '../src/clock.ts';
import type { BatchItem, Handler, HandlerOptions } from '../src/handler.ts';
import { HANDLER } from '../src/handler.ts';
import type { Random } from '../src/random.ts';
import type { KafkaRecord } from '../src/record.ts';
import { randomStream } from '../testing/simulation/random.ts';
import { withoutStack } from '../testing/simulation/without-stack.ts';
import { deadLetterTopicOf, type Plan, type PlanHandler, type RecordScript } from '../testing/scenario/plan.ts';

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
  readonly #late = new Map<number, number>();
  readonly #misanswered = new Map<number, number>();
  readonly #kept = new Map<object, unknown>();

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

  /**
   * What a scenario has made for this run, and makes when it is first asked for. Not in a WeakMap of the scenario's own: V8's small collections take
   * all values of one that is old for alive, and with them each run that was ever played.
   */
  keep<Kept>(scenario: object, make: () => Kept): Kept {
    if (!this.#kept.has(scenario)) this.#kept.set(scenario, make());
    return this.#kept.get(scenario) as Kept;
  }

  /** The options that the plan gives to the handler of this topic. */
  optionsOf(topic: string): PlanHandler {
    return this.#plan.config.topics.find(({ name }) => name === topic)?.handler ?? {};
  }

  /** How long a call takes by the script (ms); what takes longer than its deadline does so twice, or it would never be done. */
  slowMs(operation: number, script: RecordScript, deadlineMs: number | null | undefined): number {
    const slowMs = script.slowMs ?? 0;
    if (slowMs === 0 || deadlineMs === null || deadlineMs === undefined || slowMs < deadlineMs) return slowMs;
    const before = this.#late.get(operation) ?? 0;
    if (before === MOST_LATE_CALLS) return 0;
    this.#late.set(operation, before + 1);
    return slowMs;
  }

  /** Whether a batch with this record is to be answered wrongly this time. */
  misanswers(operation: number, script: RecordScript): boolean {
    const before = this.#misanswered.get(operation) ?? 0;
    if (before >= (script.misanswers ?? 0)) return false;
    this.#misanswered.set(operation, before + 1);
    return true;
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
      return script.retryAfterMs === undefined ? skip('scripted') : skip('scripted', { retryAfterMs: script.retryAfterMs });
    }
    const failed = this.#failed.get(operation) ?? 0;
    if (failed < (script.failures ?? 0)) {
      this.#failed.set(operation, failed + 1);
      throw scriptedFailure(script.final === true);
    }
    return null;
  }
}

const MOST_LATE_CALLS = 2;

/** Puts the plan's trouble in front of a handler: its skips, failures and delays come first, then the handler itself. */
export function scriptedHandler(world: PlanWorld, inner: Handler): Handler {
  return {
    ...inner,
    process(record, context) {
      const { operation, script } = world.scriptOf(record);
      const act = (): Action | Promise<Action> => world.interrupt(operation, script) ?? inner.process(record, context);
      const slowMs = world.slowMs(operation, script, inner.deadlineMs);
      if (slowMs > 0) return context.clock.sleep(slowMs).then(act);
      return script.async === true ? Promise.resolve().then(act) : act();
    },
  };
}

/** A handler without a mind of its own, with the plan's options: the script's verdict is its answer. */
export function puppetHandler(world: PlanWorld, topics: readonly string[], retry: Handler['retry']): Handler {
  const options = world.optionsOf(topics[0] ?? '');
  const verdictOf = (record: KafkaRecord): Action => (world.scriptOf(record).script.verdict === 'reject' ? reject('scripted') : consume());
  if (options.batch !== undefined) return batchPuppet(world, topics, retry, options, verdictOf);
  return scriptedHandler(world, {
    [HANDLER]: true,
    topics,
    retry: { ...retry, ...retryOf(options) },
    deadlineMs: null,
    ...handlerOptions(options),
    process: verdictOf,
  });
}

/** The same, which takes batches: made as a user makes one, so that its answers go through the same hands. */
function batchPuppet(
  world: PlanWorld,
  topics: readonly string[],
  retry: Handler['retry'],
  options: PlanHandler,
  verdictOf: (record: KafkaRecord) => Action,
): Handler {
  return defineBatchHandler({
    topic: topics,
    ...handlerOptions(options),
    retry: { ...retry, ...retryOf(options) },
    ...(options.batch === undefined ? {} : { batch: options.batch }),
    async handleBatch(items: readonly BatchItem<Uint8Array | null>[], { clock }) {
      const scripts = items.map(({ record }) => ({ record, ...world.scriptOf(record) }));
      const slowMs = Math.max(0, ...scripts.map(({ operation, script }) => world.slowMs(operation, script, options.deadlineMs)));
      if (slowMs > 0) await clock.sleep(slowMs);
      const answers: Action[] = [];
      for (const { record, operation, script } of scripts) {
        if (world.misanswers(operation, script)) return answers;
        // What throws fails all of them.
        answers.push(world.interrupt(operation, script) ?? verdictOf(record));
      }
      return answers;
    },
  });
}

const FINAL_FAILURE = 'scripted failure that no attempt can mend';

function isNotFinal(error: unknown): boolean {
  return !(error instanceof Error && error.message === FINAL_FAILURE);
}

function retryOf({ retry }: PlanHandler): NonNullable<HandlerOptions['retry']> {
  return retry === undefined ? {} : { ...retry, retryIf: isNotFinal };
}

function handlerOptions({ ordering, concurrency, rateLimit, deadLetter, deadlineMs, hungAfterMs, onHung }: PlanHandler) {
  return {
    ...(ordering === undefined ? {} : { ordering }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(deadLetter === undefined ? {} : { deadLetter: { topic: deadLetterTopicOf } }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    // Without a deadline nothing is late, and the runtime refuses options that would have no effect.
    ...(deadlineMs === undefined || hungAfterMs === undefined ? {} : { hungAfterMs }),
    ...(deadlineMs === undefined || onHung === undefined ? {} : { onHung }),
  };
}

function scriptedFailure(isFinal: boolean): Error {
  return withoutStack(() => new Error(isFinal ? FINAL_FAILURE : 'scripted failure'));
}
