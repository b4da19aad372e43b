import type { Plan } from '../../testing/scenario/plan.ts';
import type { ScenarioPlace } from '../play-plan.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { BatchRequest, BatchResult } from './batch.ts';

/**
 * Where a worker finds the scenarios: functions do not cross threads. The module at `module` exports
 * `loadCampaign(argument): Promise<LoadedCampaign>`.
 */
export interface CampaignModule {
  /** A file URL. */
  readonly module: string;
  /** Plain data. */
  readonly argument: unknown;
}

export interface LoadedCampaign {
  readonly place: ScenarioPlace;
  readonly scenarios: readonly ScenarioDefinition[];
}

export interface WorkerSetup {
  readonly source: CampaignModule;
  readonly seed: number;
  /** Plans of the corpus by scenario, and what they show; null where nobody asks for discoveries. */
  readonly corpus: Readonly<Record<string, readonly Plan[]>>;
  readonly known: Readonly<Record<string, readonly string[]>> | null;
}

export interface WorkerRequest extends BatchRequest {
  readonly id: number;
}

export type WorkerReply =
  | { readonly id: number; readonly result: BatchResult; readonly error: null }
  | { readonly id: number; readonly result: null; readonly error: string };
