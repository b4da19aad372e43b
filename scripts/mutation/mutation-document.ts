import { keyOf, survivors } from './measured.ts';
import type { Measured, MeasuredFile, Measurement } from './measured.ts';
import type { Explained, ExplainedSurvivors } from './reasons.ts';

/** The parts of `docs/mutation-testing.md` that are written from what was measured, by the names of the comments around them. */
export function mutationDocument(measured: Measured, explained: Explained): Readonly<Record<string, string>> {
  return { result: result(measured), survivors: listed(measured, explained) };
}

interface Counts {
  readonly tests: number;
  readonly scenarios: number;
  readonly timeouts: number;
  readonly survived: number;
}

function countsOf(mutants: MeasuredFile['mutants']): Counts {
  const noticedBy = (stage: string): number => mutants.filter((mutant) => mutant.status !== 'survived' && mutant.stage === stage).length;
  return {
    tests: noticedBy('tests'),
    scenarios: noticedBy('scenarios'),
    timeouts: mutants.filter(({ status }) => status === 'timeout').length,
    survived: mutants.filter(({ status }) => status === 'survived').length,
  };
}

function result({ measurements, files }: Measured): string {
  const paths = Object.keys(files).toSorted();
  const all = countsOf(Object.values(files).flatMap(({ mutants }) => mutants));
  const noticed = all.tests + all.scenarios;
  const rows = paths.map((path) => {
    const { tests, scenarios, survived } = countsOf((files[path] as MeasuredFile).mutants);
    return `| \`${nameOf(path)}\` | ${tests} | ${scenarios} | ${survived} | ${percent(tests + scenarios, survived)} |`;
  });
  return [
    `**${noticed} of ${noticed + all.survived} mutants were noticed, ${percent(noticed, all.survived)}**: ${all.tests} by the tests of`,
    `\`test/consumer\`, ${all.scenarios} of the others by scenarios. ${all.timeouts} of them count because what ran did not come to an end any more.`,
    '',
    'Measured in these runs, the first of everything, the later ones of what was left alive (with what lies within it) and of files that had',
    'changed since:',
    '',
    '| asked | commit | begun | mutants | minutes |',
    '| --- | --- | --- | --- | --- |',
    ...measurements.map(rowOf),
    '',
    '| file | noticed by tests | by scenarios | survived | score |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function rowOf({ stage, commit, at, mutants, minutes }: Measurement): string {
  return `| ${stage} | ${commit} | ${at.slice(0, 16).replace('T', ' ')} UTC | ${mutants} | ${Math.max(1, Math.round(minutes))} |`;
}

function listed({ files }: Measured, { survivors: groups }: Explained): string {
  const untested = groups.filter(({ reason }) => reason?.kind === 'untested').reduce((sum, { mutants }) => sum + mutants.length, 0);
  const all = Object.values(files).reduce((sum, file) => sum + survivors(file).length, 0);
  const parts = [`${all - untested} of the ${all} survivors change nothing that anybody could see, and ${untested} are **not tested**.`];
  let last = '';
  for (const group of groups) {
    if (group.file !== last) parts.push(`### \`${nameOf(group.file)}\``);
    last = group.file;
    parts.push(headingOf(group), linesOf(files[group.file] as MeasuredFile, group));
  }
  return parts.join('\n\n');
}

function headingOf({ reason }: ExplainedSurvivors): string {
  if (reason === null) return '**No reason is written down yet**:';
  return reason.kind === 'untested' ? `**Not tested**: ${reason.reason}:` : `${capital(reason.reason)}:`;
}

/** Each line once, with how many mutants of it survived. */
function linesOf(file: MeasuredFile, { mutants }: ExplainedSurvivors): string {
  const counts = new Map<string, number>();
  for (const mutant of mutants) {
    const { line } = keyOf(file, mutant);
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `- \`\` ${cut(line)} \`\`${count === 1 ? '' : ` (${count} mutants)`}`).join('\n');
}

function cut(line: string): string {
  return line.length <= 110 ? line : `${line.slice(0, 109)}…`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function percent(part: number, rest: number): string {
  return `${((100 * part) / Math.max(1, part + rest)).toFixed(1)} %`;
}
