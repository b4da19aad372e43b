import { writeFailure } from '../scenarios/saved-failure.ts';
import type { FailureReport } from '../testing/report/campaign-report.ts';

/** Writes the plan of a failure; answers the path, or null where no single plan is at fault. */
export async function saveFailure(
  directory: string,
  { invariant, message, plan }: FailureReport,
  config: string | null,
  traceHash: string | null,
): Promise<string | null> {
  if (plan === null) return null;
  return writeFailure(directory, { invariant, message, config, ...(traceHash === null ? {} : { traceHash }), plan });
}
