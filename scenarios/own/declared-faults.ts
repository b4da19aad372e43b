import { KafkaError } from '../../src/errors.ts';
import { FAULT_KINDS } from '../../testing/fault/catalogue.ts';
import { FAULT_PROFILE_NAMES, FAULT_PROFILES, type FaultProfile, type FaultProfileName } from '../../testing/fault/profiles.ts';
import type { FaultKind } from '../../testing/fault.ts';
import type { Faults } from './scenario-options.ts';

/** What a scenario wants to go wrong. */
export interface DeclaredFaults {
  /** For people: `everything`, or the list. */
  readonly name: string;
  readonly tries: string;
  readonly kinds: readonly FaultKind[];
  /** Those that were named one by one. */
  readonly named: readonly FaultKind[];
  readonly otherMembers: readonly string[];
  readonly crashes: boolean;
}

/** Throws SCENARIO_INVALID for a name that is none. */
export function declaredFaults(scenario: string, faults: Faults): DeclaredFaults {
  const given: readonly string[] = typeof faults === 'string' ? [faults] : faults;
  const profiles = given.filter((name): name is FaultProfileName => isProfile(name)).map((name) => FAULT_PROFILES[name]);
  const named = given.filter((name): name is FaultKind => isKind(name));
  const unknown = given.filter((name) => !isProfile(name) && !isKind(name));
  if (unknown.length > 0) {
    throw new KafkaError(
      'SCENARIO_INVALID',
      `scenario "${scenario}": \`faults\` has ${unknown.map((name) => JSON.stringify(name)).join(', ')}; there are the profiles ${FAULT_PROFILE_NAMES.join(', ')} and the kinds ${FAULT_KINDS.join(', ')}`,
    );
  }
  return {
    name: given.join(', ') || 'calm',
    tries: [...profiles.map(({ tries }) => tries), ...named].join('; ') || FAULT_PROFILES.calm.tries,
    kinds: [...new Set([...profiles.flatMap((profile) => profile.faults), ...named])],
    named,
    otherMembers: [...new Set([...profiles.flatMap((profile) => profile.otherMembers), ...(named.length > 0 ? ['b'] : [])])],
    crashes: named.includes('member-crashed') || profiles.some((profile: FaultProfile) => profile.crashes),
  };
}

function isProfile(name: string): boolean {
  return (FAULT_PROFILE_NAMES as readonly string[]).includes(name);
}

function isKind(name: string): boolean {
  return (FAULT_KINDS as readonly string[]).includes(name);
}
