import { faultKindsOf } from '../testing/fault/catalogue.ts';
import { countOptionFacts, OPTION_FACTS } from '../testing/report/option-facts.ts';
import { countPairs, PAIR_NAMES } from '../testing/report/pairs.ts';
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
  mustSee: [
    'records',
    'deliveries',
    'commits',
    'skips',
    'failures',
    'rejects',
    'tombstones',
    'redeliveries',
    'rebalances',
    'crashes',
    'deadLetters',
  ],
  mustFire: faultKindsOf('memory'),
  facts: [...PAIR_NAMES, ...OPTION_FACTS],
  judge: async ({ result }) => ({
    violations: [],
    checks: {},
    facts: { ...countPairs(result.history), ...countOptionFacts(result.history) },
  }),
};
