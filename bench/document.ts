/** `docs/benchmarks.md`: each section between its two marks is written by the command that measured it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEnvironment } from './environment.ts';

const DOCUMENT = join(import.meta.dirname, '../docs/benchmarks.md');

export interface DocumentSection {
  /** Its mark, such as `peers`. */
  readonly name: string;
  readonly title: string;
  readonly body: string;
  /** What was typed. */
  readonly command: string;
  readonly environment: BenchEnvironment;
}

/** Puts the section in the place of the one of that name, or at the end. */
export function writeSection({ name, title, body, command, environment }: DocumentSection): void {
  const { node, platform, cpu, cores, memoryGb, kafka, loadAverage } = environment;
  const broker = kafka === null ? '' : `, Kafka ${kafka}`;
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const section = `${begin}
## ${title}

Measured on ${new Date().toISOString().slice(0, 10)} by \`${command}\` on Node ${node}, ${platform}, ${cpu}, ${cores} cores, ${memoryGb} GB${broker}; load average of the last minute
at the end: ${loadAverage.toFixed(2)}.

${body}
${end}`;
  const text = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : PREFACE;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const written = from < 0 || to < 0 ? `${text.trimEnd()}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length);
  writeFileSync(DOCUMENT, written);
}

const PREFACE = `# Benchmarks

Each section is written by the command that it names, with \`--write-docs\`; nothing here is typed by hand. A shared machine is worth ±20 %;
figures of one table were taken in one run, those of two tables need not be comparable.
`;

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
