import { decisiveViolation, playPlan } from '../scenarios/run-scenarios.ts';
import { FAILURE_DIRECTORY, loadFailure, type LoadedFailure } from '../scenarios/saved-failure.ts';
import type { ScenarioDefinition } from '../scenarios/scenario-definition.ts';
import { KafkaError } from '../src/errors.ts';
import type { MemoryVenue } from '../testing/memory/memory-venue.ts';
import { laneTrace } from '../testing/report/lane-trace.ts';
import { paletteFor } from '../testing/report/palette.ts';
import { visibleText } from '../testing/report/model/visible-text.ts';
import { describePlan, describeSize } from '../testing/report/describe-plan.ts';
import type { TraceEntry } from '../testing/simulation/trace.ts';
import type { Venue } from '../testing/venue.ts';
import { scenariosOf } from './campaign-source.ts';
import { EXIT } from './exit-status.ts';
import { loadConfig } from './load-config.ts';
import { openPlace, type OpenPlace } from './open-place.ts';
import { shellWord } from './shell-word.ts';
import { stepThrough } from './step-through.ts';
import { walkHistory } from './walk-history.ts';

/** Events that a run may have at most, to be shown. */
const TRACE_LIMIT = 1_000_000;

export interface ReplayFlags {
  readonly transport: string;
  readonly brokers?: readonly string[];
  readonly json?: boolean;
  readonly config?: string;
  readonly step?: boolean;
  readonly verbose?: boolean;
}

/** Plays a saved failure, or a plan alone, once. Resolves with the exit status: 1 when a promise breaks again. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  const saved = await loadFailure(file);
  const { plan } = saved;
  const scenario = await findScenario(file, saved, flags);
  const open = await openPlace(flags.transport, flags.brokers);
  try {
    const watched = watchedVenue(open);
    const result = await playPlan(scenario, plan, watched.place);
    const violation = decisiveViolation(scenario, result);
    const status = violation === null ? EXIT.held : EXIT.broken;
    const traceHash = open.place.time === 'virtual' ? result.traceHash : null;
    const sameTrace = traceHash === null || saved.traceHash === null ? null : traceHash === saved.traceHash;
    if (flags.json === true) {
      process.stdout.write(
        `${JSON.stringify({ passed: violation === null, traceHash, sameTrace, counts: result.counts, violations: result.verdict.violations })}\n`,
      );
      return status;
    }
    const palette = paletteFor(process.stdout);
    const say = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);
    say([`${palette.strong(plan.scenario)}: ${describeSize(plan)}`, ...describePlan(plan), '']);
    if (flags.step === true || flags.verbose === true) {
      const lines = walkHistory(result, {
        violation,
        palette,
        verbose: flags.verbose === true,
        ...(flags.verbose === true ? watched.trace() : NO_TRACE),
      });
      if (flags.step === true) await stepThrough(lines, process.stdin, process.stdout);
      else say(lines);
      say(['']);
    } else if (violation !== null) say([...laneTrace(result.history, violation, palette), '']);
    say([
      violation === null
        ? `${palette.good('✓')} Everything held.`
        : `${palette.bad('✗')} ${palette.strong(violation.invariant)}: ${visibleText(violation.message)}`,
      ...(traceHash === null ? [] : [palette.faint(`  trace ${traceHash}${sameness(sameTrace)}`)]),
    ]);
    return status;
  } finally {
    await open.close();
  }
}

function sameness(sameTrace: boolean | null): string {
  if (sameTrace === null) return '';
  return sameTrace
    ? ', the very run that was saved'
    : ', not that of the saved run: the code has changed since, or the handlers do what no rehearsal controls';
}

async function findScenario(
  file: string,
  { plan, config: savedConfig, test }: LoadedFailure,
  flags: ReplayFlags,
): Promise<ScenarioDefinition> {
  const config = flags.config ?? savedConfig;
  const { all, onDemand } = scenariosOf(config === null ? null : await loadConfig(config));
  const known = [...all, ...onDemand];
  const scenario = known.find((each) => each.name === plan.scenario);
  if (scenario !== undefined) return scenario;
  if (test !== null && config === null) {
    throw new KafkaError(
      'SCENARIO_INVALID',
      `${file} is of a test, which knows its handlers: npx vitest run ${shellWord(test)} -t ${shellWord(plan.scenario)} plays it first while it lies in ${FAILURE_DIRECTORY}; ` +
        'or give the rehearsal.config.ts that has this scenario by --config.',
    );
  }
  throw new KafkaError(
    'SCENARIO_INVALID',
    `${file} is of the scenario ${JSON.stringify(plan.scenario)}, which is not known here; there are ${known.map(({ name }) => name).join(', ')}.`,
  );
}

const NO_TRACE = { trace: [] as readonly TraceEntry[], startedAt: 0 };

/** The same place, whose last venue can be asked for its trace. The first venue is the plan's own; a calm run may follow. */
function watchedVenue(open: OpenPlace): {
  readonly place: OpenPlace['place'];
  trace(): { readonly trace: readonly TraceEntry[]; readonly startedAt: number };
} {
  let venue: Venue | null = null;
  let startedAt = 0;
  const { place } = open;
  return {
    place: {
      ...place,
      openVenue: async (config, run = {}) => {
        const opened = await place.openVenue(config, { ...run, traceLimit: TRACE_LIMIT });
        if (venue === null) startedAt = opened.clock.now();
        venue ??= opened;
        return opened;
      },
    },
    trace: () => ({ trace: venue?.name === 'memory' ? (venue as MemoryVenue).trace() : [], startedAt }),
  };
}
