import { KafkaError } from '../../src/errors.ts';
import type { ScenarioOptions } from './scenario-options.ts';

/** What a scenario takes. */
export const SCENARIO_OPTIONS: Readonly<Record<keyof ScenarioOptions, true>> = {
  world: true,
  handlers: true,
  messages: true,
  outputs: true,
  tombstones: true,
  faults: true,
  runs: true,
  mayReject: true,
  sameAsCalm: true,
  invariants: true,
  sometimes: true,
  classify: true,
};

/** What `scenario()` of vitest takes besides: a definition may serve both. */
export const TEST_OPTIONS = { budgetMs: true, seed: true, examples: true, directory: true, distribution: true } as const;

/** For callers whom no compiler told: throws SCENARIO_INVALID for names that mean nothing, which would be left out in silence. */
export function requireKnown(where: string, given: object, known: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return;
  const which = unknown.map((name) => `\`${name}\``).join(', ');
  throw new KafkaError(
    'SCENARIO_INVALID',
    `${where}: there is no option ${which}; there are ${Object.keys(known)
      .toSorted((left, right) => left.localeCompare(right))
      .join(', ')}`,
  );
}
