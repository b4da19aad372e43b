import { keyOf, survivors } from './measured.ts';
import type { Measured, MeasuredMutant } from './measured.ts';

/** Why mutants survived: `same` where nobody could see a difference, or only in a cost; `untested` where somebody could. */
export interface Reason {
  readonly file: string;
  readonly kind: 'same' | 'untested';
  readonly reason: string;
  /** By the text of the line: what was changed in it, as `before => after`. */
  readonly mutants: Readonly<Record<string, readonly string[]>>;
}

/** Survivors of one reason; null for those that have none yet. */
export interface ExplainedSurvivors {
  readonly file: string;
  readonly reason: Reason | null;
  readonly mutants: readonly MeasuredMutant[];
}

export interface Explained {
  /** By file, in the order of the reasons. */
  readonly survivors: readonly ExplainedSurvivors[];
  /** Reasons for which there is no survivor any more: `file: line: change`. */
  readonly stale: readonly string[];
}

/** Puts survivors and reasons together. */
export function explain({ files }: Measured, reasons: readonly Reason[]): Explained {
  const explained: ExplainedSurvivors[] = [];
  const used = new Set<string>();
  for (const path of Object.keys(files).toSorted()) {
    const file = files[path];
    if (file === undefined) continue;
    const of = new Map<Reason | null, MeasuredMutant[]>();
    const here = reasons.filter((reason) => path.endsWith(`/${reason.file}`));
    for (const mutant of survivors(file)) {
      const { line, change } = keyOf(file, mutant);
      const reason = here.find(({ mutants }) => mutants[line]?.includes(change) === true) ?? null;
      if (reason !== null) used.add(nameOf(reason.file, line, change));
      of.set(reason, [...(of.get(reason) ?? []), mutant]);
    }
    for (const reason of [...here, null]) {
      const mutants = of.get(reason);
      if (mutants !== undefined) explained.push({ file: path, reason, mutants });
    }
  }
  const stale = reasons
    .filter(({ file }) => Object.keys(files).some((path) => path.endsWith(`/${file}`)))
    .flatMap(({ file, mutants }) =>
      Object.entries(mutants).flatMap(([line, changes]) => changes.map((change) => nameOf(file, line, change))),
    )
    .filter((name) => !used.has(name));
  return { survivors: explained, stale };
}

function nameOf(file: string, line: string, change: string): string {
  return `${file}: ${line}: ${change}`;
}
