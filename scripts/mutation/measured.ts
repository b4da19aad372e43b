import { originalOf } from './stryker-report.ts';
import type { StrykerMutant, StrykerReport } from './stryker-report.ts';

export const STAGES = ['tests', 'scenarios'] as const;
export type Stage = (typeof STAGES)[number];

/** What is known of a mutant; `timeout`: what ran did not come to an end any more. */
export interface MeasuredMutant extends Pick<StrykerMutant, 'location' | 'mutatorName'> {
  readonly replacement: string;
  readonly status: 'killed' | 'timeout' | 'survived';
  /** Who noticed it; of one that survived, who was asked last. */
  readonly stage: Stage;
}

export interface MeasuredFile {
  /** As it was when its mutants were made. */
  readonly source: string;
  readonly mutants: readonly MeasuredMutant[];
}

/** One run of Stryker. */
export interface Measurement {
  readonly stage: Stage;
  readonly commit: string;
  /** Of its beginning, ISO 8601. */
  readonly at: string;
  readonly minutes: number;
  readonly mutants: number;
}

/** All that was measured so far, of the files as they are now. */
export interface Measured {
  readonly measurements: readonly Measurement[];
  readonly files: Readonly<Record<string, MeasuredFile>>;
}

export const NOTHING_MEASURED: Measured = { measurements: [], files: {} };

/**
 * Adds a run. A file that is new, or changed since it was measured, is replaced; of one that did not change a mutant that survived
 * before takes the new answer, and one that was noticed before stays so: tests were added since, or other ones were asked.
 */
export function withRun(before: Measured, report: StrykerReport, run: Omit<Measurement, 'mutants'>): Measured {
  const files: Record<string, MeasuredFile> = { ...before.files };
  let count = 0;
  for (const [path, { source, mutants }] of Object.entries(report.files)) {
    const told = mutants.map((mutant) => asMeasured(mutant, run.stage)).filter((mutant) => mutant !== null);
    count += told.length;
    const known = files[path];
    if (known === undefined || known.source !== source) files[path] = { source, mutants: told };
    else files[path] = { source, mutants: merged(known.mutants, told) };
  }
  return { measurements: [...before.measurements, { ...run, mutants: count }], files };
}

export function survivors({ mutants }: MeasuredFile): readonly MeasuredMutant[] {
  return mutants.filter(({ status }) => status === 'survived');
}

/** What a reason is kept by: the line, and what became of a part of it. Survives lines that move. */
export function keyOf({ source }: MeasuredFile, mutant: MeasuredMutant): { readonly line: string; readonly change: string } {
  const line = (source.split('\n')[mutant.location.start.line - 1] as string).trim();
  return { line, change: `${short(originalOf(source, mutant))} => ${short(mutant.replacement)}` };
}

function asMeasured(mutant: StrykerMutant, stage: Stage): MeasuredMutant | null {
  const { location, mutatorName, replacement = '' } = mutant;
  const known = { location, mutatorName, replacement, stage } as const;
  switch (mutant.status) {
    case 'Killed':
    case 'RuntimeError':
      return { ...known, status: 'killed' };
    case 'Timeout':
      return { ...known, status: 'timeout' };
    case 'Survived':
    case 'NoCoverage':
      return { ...known, status: 'survived' };
    case 'Ignored':
      return null;
    default:
      throw new Error(
        `A mutant has the status "${mutant.status}", expected Killed, RuntimeError, Timeout, Survived, NoCoverage or Ignored.`,
      );
  }
}

function merged(before: readonly MeasuredMutant[], told: readonly MeasuredMutant[]): readonly MeasuredMutant[] {
  const answers = new Map(told.map((mutant) => [identityOf(mutant), mutant]));
  const kept = before.map((mutant) => (mutant.status === 'survived' ? (answers.get(identityOf(mutant)) ?? mutant) : mutant));
  const known = new Set(before.map(identityOf));
  return [...kept, ...told.filter((mutant) => !known.has(identityOf(mutant)))];
}

function identityOf({ location: { start, end }, mutatorName, replacement }: MeasuredMutant): string {
  return JSON.stringify([start.line, start.column, end.line, end.column, mutatorName, replacement]);
}

/** On one line, of a length that can be read. */
function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
