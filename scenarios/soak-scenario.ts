import { faultKindsOf } from '../testing/fault/catalogue.ts';
import { countPairs, PAIR_NAMES, UNREACHABLE_PAIRS } from '../testing/report/pairs.ts';
import { profileScenarios } from './profile-scenarios.ts';
import type { ScenarioDefinition } from './scenario-definition.ts';

const everything = profileScenarios.find(({ name }) => name === 'under-everything') as ScenarioDefinition;

/**
 * Our runtime under everything, for as long as anybody likes: every kind of fault must have fired, and every pair of trouble
 * and state must have been met.
 */
export const soakScenario: ScenarioDefinition = {
  ...everything,
  name: 'soak',
  tries: everything.tries,
  mustSee: ['records', 'deliveries', 'commits', 'skips', 'failures', 'rejects', 'tombstones', 'redeliveries', 'rebalances', 'crashes'],
  mustFire: faultKindsOf('memory'),
  facts: PAIR_NAMES.filter((name) => UNREACHABLE_PAIRS[name] === undefined),
  judge: async ({ result }) => {
    const pairs: Record<string, number> = { ...countPairs(result.history) };
    // What cannot be met is not asked for.
    for (const name of Object.keys(UNREACHABLE_PAIRS)) if (pairs[name] === 0) delete pairs[name];
    return { violations: [], checks: {}, facts: pairs };
  },
};
