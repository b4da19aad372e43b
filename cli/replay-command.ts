import { readFile } from 'node:fs/promises';
import { decisiveViolation, playPlan } from '../scenarios/run-scenarios.ts';
import { KafkaError } from '../src/errors.ts';
import { laneTrace } from '../testing/report/lane-trace.ts';
import { paletteFor } from '../testing/report/palette.ts';
import { visibleText } from '../testing/report/model/visible-text.ts';
import { describePlan, describeSize } from '../testing/report/describe-plan.ts';
import { parsePlan } from '../testing/scenario/parse-plan.ts';
import type { Plan } from '../testing/scenario/plan.ts';
import { scenariosOf } from './campaign-source.ts';
import { EXIT } from './exit-status.ts';
import { loadConfig } from './load-config.ts';
import { openPlace } from './open-place.ts';

export interface ReplayFlags {
  readonly transport: string;
  readonly brokers?: readonly string[];
  readonly json?: boolean;
  readonly config?: string;
}

/** Plays a saved failure, or a plan alone, once. Resolves with the exit status: 1 when a promise breaks again. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  const { plan, config: savedConfig } = await readPlan(file);
  const config = flags.config ?? savedConfig;
  const rehearsal = config === null ? null : await loadConfig(config);
  const { all, onDemand } = scenariosOf(rehearsal);
  const known = [...all, ...onDemand];
  const scenario = known.find((each) => each.name === plan.scenario);
  if (scenario === undefined) {
    throw new KafkaError(
      'SCENARIO_INVALID',
      `${file} is of the scenario ${JSON.stringify(plan.scenario)}, which is not known here; there are ${known.map(({ name }) => name).join(', ')}.`,
    );
  }
  const open = await openPlace(flags.transport, flags.brokers);
  try {
    const result = await playPlan(scenario, plan, open.place);
    const violation = decisiveViolation(scenario, result);
    if (flags.json === true) {
      process.stdout.write(
        `${JSON.stringify({ passed: violation === null, traceHash: open.place.time === 'virtual' ? result.traceHash : null, counts: result.counts, violations: result.verdict.violations })}\n`,
      );
      return violation === null ? EXIT.held : EXIT.broken;
    }
    const palette = paletteFor(process.stdout);
    const lines = [`${palette.strong(plan.scenario)}: ${describeSize(plan)}`, ...describePlan(plan), ''];
    if (violation === null) lines.push(`${palette.good('✓')} Everything held.`);
    else
      lines.push(
        ...laneTrace(result.history, violation, palette),
        '',
        `${palette.bad('✗')} ${palette.strong(violation.invariant)}: ${visibleText(violation.message)}`,
      );
    process.stdout.write(`${lines.join('\n')}\n`);
    return violation === null ? EXIT.held : EXIT.broken;
  } finally {
    await open.close();
  }
}

async function readPlan(file: string): Promise<{ readonly plan: Plan; readonly config: string | null }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new KafkaError('SCENARIO_INVALID', `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new KafkaError('SCENARIO_INVALID', `${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const saved = parsed as { readonly plan?: unknown; readonly config?: unknown } | null;
  const isSaved = typeof saved === 'object' && saved !== null && 'plan' in saved;
  return {
    plan: parsePlan(isSaved ? saved.plan : parsed, file),
    config: isSaved && typeof saved.config === 'string' ? saved.config : null,
  };
}
