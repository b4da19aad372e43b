/** Exhaustive mode: every plan of a small scope with every list of choices within a bound. */
import { Worker } from 'node:worker_threads';
import { KafkaError } from '../../src/errors.ts';
import { programFile } from '../../testing/program-file.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { commitSemantics } from '../commit-semantics.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import { exhaustPlan } from './exhaust-plan.ts';
import type { ExploreBounds, Explored } from './explore-choices.ts';
import { smallPlans, type SmallOptions } from './small-plans.ts';

/** Our runtime; what happens to it is in the plans. */
export const EXHAUSTED_SCENARIO = commitSemantics.find(({ name }) => name === 'everything') as ScenarioDefinition;

/** Plain data, for a worker. */
export interface ExhaustSetup {
  readonly bounds: ExploreBounds;
  /** Which options the handler has. Default `none`. */
  readonly options?: SmallOptions | undefined;
}

export type ExhaustReply =
  | { readonly index: number; readonly explored: Explored; readonly error: null }
  | { readonly index: number; readonly explored: null; readonly error: string };

export interface ExhaustOptions extends ExhaustSetup {
  /** 1: this thread. */
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (plans: number, of: number, runs: number) => void;
}

export interface Exhausted {
  readonly passed: boolean;
  /** Plans played with all of their lists of choices. */
  readonly plans: number;
  readonly ofPlans: number;
  readonly runs: number;
  /** The most decisions that any run had. */
  readonly mostDecisions: number;
  readonly durationMs: number;
  /** The first plan of the scope that did not hold, with the choices that show it. */
  readonly failure: Plan | null;
}

/** Plays the plan of this number in the scope. */
export function exhaustOne({ bounds, options }: ExhaustSetup, index: number): Promise<Explored> {
  const plan = smallPlans(EXHAUSTED_SCENARIO.name, options)[index];
  if (plan === undefined) throw new RangeError(`The small scope has no plan ${index}`);
  return exhaustPlan(EXHAUSTED_SCENARIO, plan, bounds);
}

/** The same with any number of workers: where several plans do not hold, the first of the scope is told. */
export async function exhaust({ bounds, options, workers, signal, onProgress }: ExhaustOptions): Promise<Exhausted> {
  const startedAt = performance.now();
  const plans = smallPlans(EXHAUSTED_SCENARIO.name, options);
  const setup = { bounds, options };
  const hands = Array.from({ length: workers }, () => (workers === 1 ? localHand(setup) : workerHand(setup)));
  let next = 0;
  let done = 0;
  let runs = 0;
  let mostDecisions = 0;
  const broken: { readonly index: number; readonly choices: readonly number[] }[] = [];
  const work = async (hand: Hand): Promise<void> => {
    while (next < plans.length && broken.length === 0 && signal?.aborted !== true) {
      const index = next;
      next += 1;
      const explored = await hand.play(index);
      done += 1;
      runs += explored.runs;
      mostDecisions = Math.max(mostDecisions, explored.mostDecisions);
      if (explored.broken !== null) broken.push({ index, choices: explored.broken });
      onProgress?.(done, plans.length, runs);
    }
  };
  try {
    await Promise.all(hands.map(work));
  } finally {
    await Promise.all(hands.map((hand) => hand.end()));
  }
  const [first] = broken.toSorted((left, right) => left.index - right.index);
  const failure = first === undefined ? null : { ...(plans[first.index] as Plan), choices: first.choices };
  const durationMs = Math.round(performance.now() - startedAt);
  return { passed: failure === null, plans: done, ofPlans: plans.length, runs, mostDecisions, durationMs, failure };
}

/** Somebody who plays plans, one at a time. */
interface Hand {
  play(index: number): Promise<Explored>;
  end(): Promise<unknown>;
}

function localHand(setup: ExhaustSetup): Hand {
  return { play: (index) => exhaustOne(setup, index), end: () => Promise.resolve() };
}

function workerHand(setup: ExhaustSetup): Hand {
  const file = programFile('scenarios/exhaustive/exhaust-worker');
  const worker = new Worker(file, { workerData: setup });
  return {
    play: (index) =>
      new Promise((resolve, reject) => {
        worker.removeAllListeners();
        worker.once('error', reject);
        worker.once('exit', (status) => reject(new Error(`A worker thread ended by itself, with status ${status}`)));
        worker.once('message', (reply: ExhaustReply) => {
          if (reply.explored === null)
            reject(new KafkaError('SCENARIO_INVALID', `Plan ${index} of the small scope could not be played: ${reply.error}`));
          else resolve(reply.explored);
        });
        worker.postMessage(index);
      }),
    end() {
      worker.removeAllListeners();
      return worker.terminate();
    },
  };
}
