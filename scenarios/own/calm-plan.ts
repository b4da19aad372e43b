import { FIRST_MEMBER } from '../generate/plan-arbitrary.ts';
import type { Plan } from '../../testing/scenario/plan.ts';

/** The same messages at about the same times, one member from the beginning to the end, and nothing that goes wrong. */
export function calmPlan(plan: Plan): Plan {
  const ops = plan.ops.filter(({ op }) => op === 'produce' || op === 'wait');
  return { ...plan, ops: [{ op: 'join', member: FIRST_MEMBER }, ...ops], faults: [], choices: [] };
}

/** Ends that are remembered: while a failure shrinks, most plans differ in their faults only. */
const MOST_ENDS = 200;

/** How calm runs ended, by their plans. */
export class CalmEnds {
  readonly #ends = new Map<string, unknown>();

  async of(plan: Plan, play: () => Promise<unknown>): Promise<unknown> {
    const key = JSON.stringify(plan);
    if (this.#ends.has(key)) return this.#ends.get(key);
    const end = await play();
    if (this.#ends.size >= MOST_ENDS) this.#ends.clear();
    this.#ends.set(key, end);
    return end;
  }
}
