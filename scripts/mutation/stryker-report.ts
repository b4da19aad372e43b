/** What is read of a report of Stryker (its format "mutation testing elements", version 2). Lines and columns count from 1, the end is behind the last character. */
export interface StrykerReport {
  readonly files: Readonly<Record<string, StrykerFile>>;
}

export interface StrykerFile {
  readonly source: string;
  readonly mutants: readonly StrykerMutant[];
}

export interface StrykerMutant {
  readonly location: { readonly start: Place; readonly end: Place };
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** The text that the mutant replaces. */
export function originalOf(source: string, { location: { start, end } }: StrykerMutant): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines.map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined)).join('\n');
}

/** `file:line:column-line:column`, as Stryker's option `mutate` takes it; there columns count from 0. */
export function rangeOf(file: string, { location: { start, end } }: StrykerMutant): string {
  return `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
}
