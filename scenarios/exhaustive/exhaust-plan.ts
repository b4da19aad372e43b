import type { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { memoryPlace } from '../memory-place.ts';
import { decisiveViolation, playPlan, type ScenarioPlace } from '../play-plan.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import { exploreChoices, type ExploreBounds, type Explored } from './explore-choices.ts';

/** How many of a run's decisions are written down. */
const DECISION_LIMIT = 10_000;

/** Plays one plan of a scenario in memory with every list of choices within the bounds. */
export function exhaustPlan(scenario: ScenarioDefinition, plan: Plan, bounds: ExploreBounds, onRun?: () => void): Promise<Explored> {
  let venue: MemoryVenue | null = null;
  const place: ScenarioPlace = {
    ...memoryPlace,
    openVenue: async (config, run) => {
      venue = (await memoryPlace.openVenue(config, { ...run, decisionLimit: DECISION_LIMIT })) as MemoryVenue;
      return venue;
    },
  };
  return exploreChoices(
    plan,
    bounds,
    async (each) => {
      const result = await playPlan(scenario, each, place);
      return { alternativeCounts: venue?.alternativeCounts ?? [], held: decisiveViolation(scenario, result) === null };
    },
    onRun,
  );
}
