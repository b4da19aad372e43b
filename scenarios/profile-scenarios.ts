/** Our runtime under each fault profile, with every kind of fault that the place can inject. */
import { FAULT_PROFILE_NAMES, FAULT_PROFILES, type FaultProfile } from '../testing/fault/profiles.ts';
import { drawEverything, shapeOf, TOPICS, type Trouble } from './commit-semantics.ts';
import { planArbitrary } from './generate/plan-arbitrary.ts';
import { puppetHandler } from './plan-world.ts';
import { runtimeSubject } from './runtime-subject.ts';
import type { ScenarioDefinition } from './scenario-definition.ts';

/** Longer than any scripted call: only a fault makes a handler miss it. */
const DEADLINE_MS = 5_500;

/** The trouble of a profile, for the shape of its plans. */
export function troubleOf(profile: FaultProfile): Trouble {
  const { tries, faults, otherMembers, crashes } = profile;
  return {
    name: `under-${profile.name}`,
    tries,
    faults,
    otherMembers,
    crashes,
    latest: true,
    simulated: true,
    mustSee: ['records', 'deliveries', 'commits'],
  };
}

export const profileScenarios: readonly ScenarioDefinition[] = FAULT_PROFILE_NAMES.map((name): ScenarioDefinition => {
  const trouble = troubleOf(FAULT_PROFILES[name]);
  return {
    name: trouble.name,
    tries: trouble.tries,
    subject: runtimeSubject,
    handlers: (world, pace) =>
      TOPICS.map((topic) => {
        const handler = puppetHandler(world, [topic], pace.retry);
        return { ...handler, deadlineMs: handler.deadlineMs ?? DEADLINE_MS };
      }),
    plans: (fc, stage) => planArbitrary(fc, shapeOf(trouble, stage, drawEverything(trouble))),
    mustSee: trouble.mustSee,
  };
});
