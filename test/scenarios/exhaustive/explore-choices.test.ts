import { describe, expect, it } from 'vitest';
import { memoryPlace } from '../../../scenarios/memory-place.ts';
import { commitSemantics } from '../../../scenarios/commit-semantics.ts';
import { exploreChoices } from '../../../scenarios/exhaustive/explore-choices.ts';
import { exhaustPlan } from '../../../scenarios/exhaustive/exhaust-plan.ts';
import { SMALL_OPTION_NAMES, smallPlans } from '../../../scenarios/exhaustive/small-plans.ts';
import { playPlan } from '../../../scenarios/play-plan.ts';
import { bugZoo } from '../../../scenarios/zoo/index.ts';
import { parsePlan } from '../../../testing/scenario/parse-plan.ts';
import type { Plan } from '../../../testing/scenario/plan.ts';

const [plan] = smallPlans('everything') as [Plan];
const everything = commitSemantics.find(({ name }) => name === 'everything') ?? expect.fail('no such scenario');

/** A run whose decisions depend on what was chosen: after a 1 there is one decision more. */
function alternativesAfter(choices: readonly number[]): readonly number[] {
  return choices[0] === 1 ? [2, 3, 2, 2] : [2, 3, 2];
}

describe('every list of choices', () => {
  it.each([
    [0, ['']],
    [1, ['', '1', '0,1', '0,2', '0,0,1']],
    [2, ['', '1', '0,1', '0,2', '0,0,1', '1,1', '1,2', '1,0,1', '1,0,0,1', '0,1,1', '0,2,1']],
  ])('with up to %i deviations is played once', async (deviations, expected) => {
    const played: string[] = [];
    const explored = await exploreChoices(plan, { deviations, decisions: 10 }, async ({ choices }) => {
      played.push(choices.join());
      return { alternativeCounts: alternativesAfter(choices), held: true };
    });
    expect(played.toSorted()).toEqual(expected.toSorted());
    expect(explored).toEqual({ runs: expected.length, mostDecisions: deviations === 0 ? 3 : 4, broken: null });
  });

  it('varies no decision behind the bound', async () => {
    const explored = await exploreChoices(plan, { deviations: 1, decisions: 1 }, async () => ({
      alternativeCounts: [2, 3, 2],
      held: true,
    }));
    expect(explored.runs).toBe(2);
  });

  it('ends at the first that does not hold, and tells it', async () => {
    const explored = await exploreChoices(plan, { deviations: 2, decisions: 10 }, async ({ choices }) => ({
      alternativeCounts: alternativesAfter(choices),
      held: choices.join() !== '0,2',
    }));
    expect(explored.broken).toEqual([0, 2]);
  });
});

describe('the small scope', () => {
  it('holds two members, two partitions and four records, and no plan twice', () => {
    const plans = smallPlans('everything');
    expect(new Set(plans.map((each) => JSON.stringify(each))).size).toBe(plans.length);
    for (const each of plans) {
      expect(each.ops.filter(({ op }) => op === 'produce')).toHaveLength(4);
      expect(each.ops.filter(({ op }) => op === 'join')).toHaveLength(2);
    }
    const moments = plans.flatMap(({ faults }) => faults.map(({ fault }) => ('afterEvents' in fault ? fault.afterEvents : null)));
    expect(new Set(moments).size).toBe(150);
  });

  it('is played by our runtime in every order of a plan', async () => {
    const explored = await exhaustPlan(everything, plan, { deviations: 1, decisions: 20 });
    expect(explored).toMatchObject({ broken: null, runs: expect.toSatisfy((runs: number) => runs > 10) });
  });

  it.each(SMALL_OPTION_NAMES)('has the same size with the options %s, and valid plans', (options) => {
    const plans = smallPlans('everything', options);
    expect(plans).toHaveLength(smallPlans('everything').length);
    for (const each of plans) expect(() => parsePlan(each)).not.toThrow();
  });

  it.each([
    ['none', []],
    ['letters', ['letter']],
    ['lanes', ['letter', 'overtaken']],
    ['keys', ['letter', 'overtaken', 'sent-by-hand']],
    ['batches', ['batch', 'letter']],
  ] as const)('with the options %s shows what they are for, and no more, before the faults have stopped', async (options, expected) => {
    const [first] = smallPlans('everything', options) as [Plan];
    const { history, verdict } = await playPlan(everything, first, memoryPlace);
    expect(verdict.violations).toEqual([]);
    const calm = history.events.findIndex(({ kind }) => kind === 'calm');
    const done = new Set<string>();
    const seen = history.events.slice(0, calm).flatMap((event) => {
      if (event.kind === 'client-produce-settled' && event.outcome === 'acknowledged') return 'letter';
      if (event.kind === 'observed')
        return event.observation.kind === 'action' && event.observation.reason === 'sent-by-hand' ? 'sent-by-hand' : [];
      if (event.kind === 'call-ended' && event.outcome !== 'skip') done.add(`${event.partition}/${event.offset}`);
      if (event.kind !== 'call-started') return [];
      if (event.batch !== undefined) return 'batch';
      return event.offset > 0 && !done.has(`${event.partition}/${event.offset - 1}`) ? 'overtaken' : [];
    });
    expect([...new Set(seen)].toSorted()).toEqual(expected);
  });

  it('finds what is broken', async () => {
    const { scenario } = bugZoo.find(({ id }) => id === 1) ?? expect.fail('no such entry');
    const explored = await exhaustPlan(scenario, plan, { deviations: 1, decisions: 20 });
    const choices = explored.broken ?? expect.fail('it held');
    const { verdict } = await playPlan(scenario, { ...plan, choices }, memoryPlace);
    expect(verdict.violations.map(({ invariant }) => invariant)).toContain('commit-past-open');
  });
});
