import { decisiveViolation, playPlan, type ScenarioOutcome } from '../scenarios/run-scenarios.ts';
import { earlierFailures, FAILURE_DIRECTORY } from '../scenarios/saved-failure.ts';
import type { ScenarioDefinition } from '../scenarios/scenario-definition.ts';
import type { ScenarioPlace } from '../scenarios/play-plan.ts';
import { shellWord } from './shell-word.ts';

/** What broke before, and still does: the file, and the outcome that a campaign would have had. */
export interface StillBroken {
  readonly path: string;
  readonly outcome: ScenarioOutcome;
}

/** Plays the saved failures of these scenarios again, up to the first of each that still breaks. */
export async function replayEarlier(
  scenarios: readonly ScenarioDefinition[],
  place: ScenarioPlace,
  configPath: string,
  signal: AbortSignal,
): Promise<{ readonly tried: number; readonly broken: readonly StillBroken[] }> {
  const broken: StillBroken[] = [];
  let tried = 0;
  for (const scenario of scenarios) {
    for (const { plan, path, config } of await earlierFailures(FAILURE_DIRECTORY, scenario.name)) {
      if (signal.aborted) break;
      tried += 1;
      const result = await playPlan(scenario, plan, place);
      const violation = decisiveViolation(scenario, result);
      if (violation === null) continue;
      const failure = {
        invariant: violation.invariant,
        message: violation.message,
        plan: result.plan,
        // What a test has saved, or another configuration, does not know these handlers by itself.
        replayCommand: `npx kafka-rehearsal replay ${path}${config === configPath ? '' : ` --config ${shellWord(configPath)}`}`,
      };
      broken.push({
        path,
        outcome: {
          scenario,
          report: {
            name: scenario.name,
            transport: place.transport,
            runs: 1,
            passed: false,
            traceHash: result.traceHash,
            counts: result.counts,
            failure,
          },
          failed: { result, violation },
        },
      });
      break;
    }
  }
  return { tried, broken };
}
