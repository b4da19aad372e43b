import { access, appendFile, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CampaignOutcome } from '../scenarios/run-scenarios.ts';
import { KafkaError } from '../src/errors.ts';
import { renderPage } from '../testing/report/html/page.ts';
import { renderJunit } from '../testing/report/junit.ts';
import { renderMarkdown } from '../testing/report/markdown.ts';
import type { CampaignStory } from '../testing/report/model/played-plan.ts';

/** Makes the directory of the report. Before a campaign: one of an hour must not end with a report that cannot be written. */
export async function openReportDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KafkaError('CONFIG_INVALID', `--report is ${directory}, expected a directory that can be written: ${why}`, { cause });
  }
}

/** Writes the report in every form into the directory; answers the path of the page. */
export async function saveReports(directory: string, story: CampaignStory): Promise<string> {
  await mkdir(directory, { recursive: true });
  const page = join(directory, 'report.html');
  await writeFile(join(directory, 'report.json'), `${JSON.stringify(story.report, null, 2)}\n`);
  await writeFile(page, renderPage(story));
  await writeFile(join(directory, 'junit.xml'), renderJunit(story));
  await writeFile(join(directory, 'summary.md'), renderMarkdown(story));
  return page;
}

/** In a step of a GitHub workflow the summary is shown with the run. */
export async function appendStepSummary(path: string, story: CampaignStory): Promise<void> {
  await appendFile(path, renderMarkdown(story));
}

/** What the reports tell of a campaign. */
export function storyOf({ report, outcomes }: CampaignOutcome, tries: ReadonlyMap<string, string>): CampaignStory {
  const failures = new Map(
    outcomes.flatMap(({ scenario, failed }) =>
      failed === null
        ? []
        : [[scenario.name, { plan: failed.result.plan, history: failed.result.history, violation: failed.violation }] as const],
    ),
  );
  return { report, tries, failures };
}
