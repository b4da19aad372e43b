import { planRedrive } from '../../src/dead-letter/plan-redrive.ts';
import type { RedrivePlan, RedriveTarget } from '../../src/dead-letter/plan-redrive.ts';
import { redrive } from '../../src/dead-letter/redrive.ts';
import type { RedriveReport } from '../../src/dead-letter/redrive.ts';
import { HEADER } from '../../src/dead-letter/header-names.ts';
import { BatchingProducer } from '../../src/producer/batching-producer.ts';
import { visibleText } from '../../testing/report/model/visible-text.ts';
import { plural, showCount } from '../../testing/report/show-text.ts';
import type { ConnectedCluster } from '../connect-cluster.ts';
import { EXIT } from '../exit-status.ts';
import { filterOf } from './letter-filter-options.ts';
import type { FilterFlags } from './letter-filter-options.ts';

export interface RedriveFlags extends FilterFlags {
  readonly rate: number;
  readonly limit?: number;
  readonly execute?: boolean;
  readonly json?: boolean;
}

export interface RedriveOutput {
  /** Standard output. */
  readonly say: (line: string) => void;
  /** Now and then, while it runs. */
  readonly onProgress?: (report: RedriveReport, of: number) => void;
  readonly signal?: AbortSignal;
}

const MOST_FAILURES_SHOWN = 10;

/** Says what a redrive would do; with `execute` does it. Resolves with 1 when a letter could not be sent, or somebody interrupted it. */
export async function redriveLetters(
  cluster: ConnectedCluster,
  topic: string,
  flags: RedriveFlags,
  output: RedriveOutput,
): Promise<number> {
  const plan = await planRedrive(cluster, topic, filterOf(flags));
  const say = (line: string): void => {
    if (flags.json !== true) output.say(line);
  };
  for (const line of describePlan(plan)) say(line);
  const open = openLetters(plan);
  if (flags.execute !== true || open === 0) {
    if (flags.json === true) output.say(JSON.stringify({ ...planJson(plan), executed: false }));
    else if (open > 0) say('\nNothing was sent: this was a dry run. The same with --execute sends.');
    return EXIT.held;
  }
  say(`\nAt most ${showCount(flags.rate)} a second${flags.limit === undefined ? '' : `, at most ${showCount(flags.limit)} of them`}.`);
  const report = await execute(cluster, plan, flags, output);
  if (flags.json === true) output.say(JSON.stringify({ ...planJson(plan), executed: true, ...reportJson(report) }));
  else for (const line of describeReport(report)) say(line);
  const isInterrupted = report.isPartial && output.signal?.aborted === true;
  return report.failed > 0 || isInterrupted ? EXIT.broken : EXIT.held;
}

async function execute(cluster: ConnectedCluster, plan: RedrivePlan, flags: RedriveFlags, output: RedriveOutput): Promise<RedriveReport> {
  const { transport, clock, random, producer: config } = cluster;
  const producer = new BatchingProducer({
    transport: transport.createProducer({ requestTimeoutMs: config.requestTimeoutMs }),
    clock,
    random,
    config,
  });
  try {
    return await redrive(
      {
        transport,
        clock,
        random,
        producer,
        recordsPerSecond: flags.rate,
        ...(flags.limit === undefined ? {} : { limit: flags.limit }),
        ...(output.signal === undefined ? {} : { signal: output.signal }),
        onProgress: (report) => output.onProgress?.(report, openLetters(plan)),
      },
      plan,
    );
  } finally {
    await producer.close({ timeoutMs: config.requestTimeoutMs });
  }
}

function openLetters({ search, redrivenBefore }: RedrivePlan): number {
  return search.matching - redrivenBefore;
}

function describePlan(plan: RedrivePlan): readonly string[] {
  const { topic, search, redrivenBefore, targets, groups } = plan;
  const open = openLetters(plan);
  const before = redrivenBefore === 0 ? '' : `, ${showCount(redrivenBefore)} of them redriven before`;
  const lines = [`${topic}: ${plural(search.matching, 'dead letter')} match${search.matching === 1 ? 'es' : ''}${before}.`];
  if (open === 0) return [...lines, 'There is nothing to redrive.'];
  return [
    ...lines,
    `${plural(open, 'letter')} to send back:`,
    ...targets.map(describeTarget),
    `Every group that reads ${targets.length === 1 ? 'this topic' : 'these topics'} gets them again, not only who rejected them: ${groups.map((group) => visibleText(group, { limit: 100 })).join(', ')}.`,
    `At least once: after a lost answer or a crash a record may be there twice, both times with the same header ${HEADER.id}.`,
  ];
}

function describeTarget({ topic, letters, pointers, gone, homeless }: RedriveTarget): string {
  const notes = [
    ...(homeless > 0 ? [`${showCount(homeless)} to a topic or partition that does not exist`] : []),
    ...(pointers > 0 ? [`${showCount(pointers)} by pointer, without a value of their own`] : []),
    ...(gone > 0 ? [`of which ${showCount(gone)} can not go: the originals are out of the log`] : []),
  ];
  return `  ${showCount(letters)} to ${visibleText(topic, { limit: 249 })}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

function describeReport({ redriven, duplicates, failed, failures, isPartial }: RedriveReport): readonly string[] {
  const shown = failures.slice(0, MOST_FAILURES_SHOWN);
  return [
    `${plural(redriven, 'record')} redriven, and marked so in the topic of the letters.`,
    ...(duplicates === 0 ? [] : [`${plural(duplicates, 'letter')} of the same rejections marked with them.`]),
    ...(failed === 0 ? [] : [`${plural(failed, 'letter')} stayed where ${failed === 1 ? 'it is' : 'they are'}:`]),
    ...shown.map(({ partition, offset, error }) => `  ${partition}/${offset}: ${visibleText(error.message, { limit: 500 })}`),
    ...(failed > shown.length ? [`  and ${showCount(failed - shown.length)} more`] : []),
    ...(isPartial ? ['Some are left. The same command goes on with them.'] : []),
  ];
}

function planJson({ topic, search, redrivenBefore, targets, groups }: RedrivePlan): object {
  return { topic, matching: search.matching, redrivenBefore, foreign: search.foreign, targets, groups };
}

function reportJson({ failures, ...rest }: RedriveReport): object {
  return {
    ...rest,
    failures: failures.map(({ partition, offset, id, error }) => ({ partition, offset, id, code: error.code, message: error.message })),
  };
}
