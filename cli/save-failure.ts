import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailureReport, ScenarioReport } from '../testing/report/campaign-report.ts';
import type { Plan } from '../testing/scenario/plan.ts';

/** A saved failure: enough to play it again. */
export interface SavedFailure {
  readonly invariant: string;
  readonly message: string;
  /** The configuration file whose handlers it was found with; null for the built-in suite. */
  readonly config: string | null;
  readonly plan: Plan;
}

/** Writes the plan of a failure; answers the path, or null where no single plan is at fault. */
export async function saveFailure(
  directory: string,
  scenario: ScenarioReport,
  failure: FailureReport,
  config: string | null,
): Promise<string | null> {
  if (failure.plan === null) return null;
  await mkdir(directory, { recursive: true });
  const path = join(directory, `failure-${scenario.name}-${failure.invariant}.json`);
  const saved: SavedFailure = { invariant: failure.invariant, message: failure.message, config, plan: failure.plan };
  await writeFile(path, `${JSON.stringify(saved, null, 2)}\n`);
  return path;
}
