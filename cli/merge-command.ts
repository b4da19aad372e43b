import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeReports } from '../scenarios/campaign/merge-reports.ts';
import { KafkaError } from '../src/errors.ts';
import type { CampaignReport } from '../testing/report/campaign-report.ts';
import { paletteFor } from '../testing/report/palette.ts';
import { renderFailure, renderSummary, scenarioLine, scenarioNameWidth } from '../testing/report/terminal.ts';
import { scenariosOf } from './campaign-source.ts';
import { EXIT } from './exit-status.ts';
import { appendStepSummary, openReportDirectory, saveReports } from './save-reports.ts';

export interface MergeFlags {
  readonly report?: string;
  readonly json?: boolean;
}

/** Joins what `run --shard --report DIR` has written on several machines. Resolves with the exit status of the whole campaign. */
export async function mergeCommand(directories: readonly string[], flags: MergeFlags): Promise<number> {
  if (flags.report !== undefined) await openReportDirectory(flags.report);
  const report = mergeReports(await Promise.all(directories.map((directory) => readReport(directory))));
  const tries = new Map(scenariosOf(null).all.map((scenario) => [scenario.name, scenario.tries]));
  const story = { report, tries, failures: new Map() };
  const page = flags.report === undefined ? null : await saveReports(flags.report, story);
  if (flags.report !== undefined) for (const directory of directories) await copyFailures(directory, flags.report);
  const stepSummary = process.env['GITHUB_STEP_SUMMARY'];
  if (stepSummary !== undefined && stepSummary !== '') await appendStepSummary(stepSummary, story);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
  else for (const line of describe(report, tries, directories, page)) process.stdout.write(`${line}\n`);
  return report.passed ? EXIT.held : EXIT.broken;
}

function describe(
  report: CampaignReport,
  tries: ReadonlyMap<string, string>,
  directories: readonly string[],
  page: string | null,
): readonly string[] {
  const palette = paletteFor(process.stdout);
  const place = `${directories.length} shards`;
  const command = `npx kafka-rehearsal merge ${directories.join(' ')}`;
  return [
    `${palette.strong('kafka-rehearsal')} joins ${directories.length === 1 ? '1 report' : `the reports of ${place}`}, seed ${report.seed}`,
    '',
    ...report.scenarios.map((scenario) =>
      scenarioLine(scenario, tries.get(scenario.name) ?? '', scenarioNameWidth(report.scenarios), palette),
    ),
    ...report.scenarios.flatMap((scenario) =>
      scenario.failure === undefined ? [] : renderFailure(scenario, scenario.failure, null, null, palette),
    ),
    ...renderSummary(report, { tries, place, command }, palette),
    ...(page === null ? [] : [`The report to look at: ${page}`]),
  ];
}

async function readReport(directory: string): Promise<CampaignReport> {
  const path = join(directory, 'report.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new KafkaError('CONFIG_INVALID', `${path} cannot be read: expected a directory that run --report has written.`, { cause });
  }
  try {
    const report = JSON.parse(text) as CampaignReport;
    if (Array.isArray(report.scenarios) && typeof report.seed === 'number') return report;
  } catch (cause) {
    throw new KafkaError('CONFIG_INVALID', `${path} is no JSON.`, { cause });
  }
  throw new KafkaError('CONFIG_INVALID', `${path} is no report of a campaign.`);
}

/** The plans of failures: the report names the promise, they let it be played again. */
async function copyFailures(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) if (/^failure-.*\.json$/.test(name)) await copyFile(join(from, name), join(to, name));
}
