/** The scenarios of a command, in this thread and in workers, which load them by this file's path. */
import { commitSemantics } from '../scenarios/commit-semantics.ts';
import type { CampaignModule, LoadedCampaign } from '../scenarios/campaign/worker-messages.ts';
import { memoryPlace } from '../scenarios/memory-place.ts';
import { profileScenarios } from '../scenarios/profile-scenarios.ts';
import type { ScenarioDefinition } from '../scenarios/scenario-definition.ts';
import { programFile } from '../testing/program-file.ts';
import { soakScenario } from '../scenarios/soak-scenario.ts';
import { bugZoo } from '../scenarios/zoo/index.ts';
import { loadConfig, type LoadedConfig } from './load-config.ts';

export interface KnownScenarios {
  /** Run unless a filter says otherwise. */
  readonly all: readonly ScenarioDefinition[];
  /** There to be chosen by name, and never run by themselves. */
  readonly onDemand: readonly ScenarioDefinition[];
}

export function scenariosOf(config: LoadedConfig | null): KnownScenarios {
  if (config !== null) return { all: config.rehearsal.scenarios, onDemand: [] };
  return {
    all: commitSemantics,
    onDemand: [...profileScenarios, soakScenario, ...bugZoo.flatMap((entry) => [entry.scenario, entry.twin])],
  };
}

/** What a worker is told, so that it finds the same scenarios. */
export function campaignModule(config: LoadedConfig | null): CampaignModule {
  const file = programFile('cli/campaign-source');
  return { module: file.href, argument: config?.path ?? null };
}

/** Called in a worker: the path of a configuration, or null for the built-in suite. */
export async function loadCampaign(argument: unknown): Promise<LoadedCampaign> {
  const { all, onDemand } = scenariosOf(typeof argument === 'string' ? await loadConfig(argument) : null);
  return { place: memoryPlace, scenarios: [...all, ...onDemand] };
}
