import type { Arbitrary, Value } from 'fast-check';
import type { Plan } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';
import type { FastCheckModule } from '../load-fast-check.ts';
import type { ScenarioDefinition, Stageability } from '../scenario-definition.ts';
import { seededGenerator } from './seeded-generator.ts';
import { splicePlans } from './splice-plans.ts';

/** A plan, and how it gets simpler. */
export interface DrawnPlan {
  readonly plan: Plan;
  /** Simpler plans by fast-check, the boldest first; none for a plan that it has not generated. */
  simpler(): Iterable<DrawnPlan>;
}

/** With a corpus, one run in so many starts from one of its plans. */
const SPLICED_ONE_IN = 4;

/**
 * The plan of each run of a scenario, by its number. It depends on nothing but the campaign's seed, the scenario's name,
 * the number and the corpus: so any worker and any machine draws the same one, and no run must wait for another.
 */
export class PlanSource {
  readonly #fc: FastCheckModule;
  readonly #scenario: ScenarioDefinition;
  readonly #arbitrary: Arbitrary<Plan>;
  readonly #seed: number;
  readonly #corpus: readonly Plan[];

  constructor(fc: FastCheckModule, scenario: ScenarioDefinition, stage: Stageability, seed: number, corpus: readonly Plan[] = []) {
    this.#fc = fc;
    this.#scenario = scenario;
    this.#arbitrary = scenario.plans(fc, stage);
    this.#seed = seed;
    this.#corpus = corpus;
  }

  /** How many runs there are at the beginning whose plans are the corpus's own. */
  get corpusRuns(): number {
    return this.#corpus.length;
  }

  /** From 0 on. */
  draw(run: number): DrawnPlan {
    const saved = this.#corpus[run];
    if (saved !== undefined) return asItIs(saved);
    const number = run - this.#corpus.length;
    const generator = seededGenerator(hashOf(this.#seed, this.#scenario.name, number), hashOf(number, 'plan', this.#seed));
    // As fast-check does: small values and limits are tried more often at first.
    const drawn = this.#arbitrary.generate(new this.#fc.Random(generator), 2 + Math.floor(Math.log10(number + 1)));
    if (this.#corpus.length === 0) return this.#shrinkable(drawn);
    const luck = hashOf(this.#seed, 'corpus', number);
    if (luck % SPLICED_ONE_IN !== 0) return this.#shrinkable(drawn);
    const base = this.#corpus[Math.floor(luck / SPLICED_ONE_IN) % this.#corpus.length];
    return base === undefined ? this.#shrinkable(drawn) : asItIs(splicePlans(base, drawn.value, luck));
  }

  #shrinkable(drawn: Value<Plan>): DrawnPlan {
    return {
      plan: drawn.value,
      simpler: () => this.#simpler(drawn),
    };
  }

  *#simpler(drawn: Value<Plan>): Generator<DrawnPlan> {
    for (const smaller of this.#arbitrary.shrink(drawn.value_, drawn.context)) yield this.#shrinkable(smaller);
  }
}

function asItIs(plan: Plan): DrawnPlan {
  return { plan, simpler: () => [] };
}
