import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { exhaust } from '../scenarios/exhaustive/exhaust.ts';
import { SMALL_OPTIONS, SMALL_SCOPE, type SmallOptions } from '../scenarios/exhaustive/small-plans.ts';
import { paletteFor } from '../testing/report/palette.ts';
import { showCount, showDuration } from '../testing/report/show-text.ts';
import { EXIT } from './exit-status.ts';

export interface ExhaustFlags {
  readonly deviations: number;
  readonly decisions: number;
  readonly options: SmallOptions;
  readonly workers?: number;
  readonly report?: string;
  readonly json?: boolean;
}

const REPAINT_MS = 200;

/** Plays the whole of a small scope. Resolves with the exit status. */
export async function exhaustCommand({ deviations, decisions, options, workers, report, json }: ExhaustFlags): Promise<number> {
  const palette = paletteFor(process.stdout);
  const say = (line: string): void => {
    if (json !== true) process.stdout.write(`${line}\n`);
  };
  const bounds = { deviations, decisions };
  const differ = deviations === 1 ? '1 choice' : `${deviations} choices`;
  say(`${palette.strong('kafka-rehearsal')} plays all of a small scope on an in-memory Kafka: ${SMALL_SCOPE};`);
  say(`  ${SMALL_OPTIONS[options].words};`);
  say(
    `  each with every order of simultaneous events in which up to ${differ} of the first ${showCount(decisions)} differ from first in, first out.`,
  );
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let paintedAt = 0;
  const done = await exhaust({
    bounds,
    options,
    workers: workers ?? availableParallelism(),
    signal: interrupt.signal,
    onProgress: (plans, of, runs) => {
      if (!process.stderr.isTTY || performance.now() - paintedAt < REPAINT_MS) return;
      paintedAt = performance.now();
      process.stderr.write(`\r\u001b[2K  … ${showCount(plans)} of ${showCount(of)} plans, ${showCount(runs)} runs`);
    },
  }).finally(() => process.off('SIGINT', onInterrupt));
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  const size = `${showCount(done.runs)} runs of ${showCount(done.plans)} plans in ${showDuration(done.durationMs)}, at most ${showCount(done.mostDecisions)} decisions in a run`;
  if (done.failure !== null) {
    say(`${palette.bad('✗')} It broke. ${size}.`);
    if (report === undefined) say(`  The plan, for kafka-rehearsal replay: ${JSON.stringify(done.failure)}`);
    else {
      await mkdir(report, { recursive: true });
      const path = join(report, 'failure-exhaustive.json');
      await writeFile(path, `${JSON.stringify(done.failure, null, 2)}\n`);
      say(`  Again: npx kafka-rehearsal replay ${path}`);
    }
  } else if (done.plans < done.ofPlans) say(`Interrupted. What was played held: ${size}, of ${showCount(done.ofPlans)} plans.`);
  else say(`${palette.good('✓')} All held: ${size}.`);
  if (json === true) process.stdout.write(`${JSON.stringify({ ...done, bounds, scope: SMALL_SCOPE, options })}\n`);
  return done.passed ? EXIT.held : EXIT.broken;
}
