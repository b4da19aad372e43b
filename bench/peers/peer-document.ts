import { markdownTable } from '../document.ts';
import { median, rounded } from '../result.ts';
import { LONG_RUN_SECONDS } from './bench-peers.ts';
import type { PeerResults, PeerRow } from './bench-peers.ts';
import type { PeerMeasurement } from './contender.ts';
import { OURS } from './contenders.ts';
import { KEYS } from './records.ts';
import { peerVerdicts } from './peer-verdicts.ts';

/** The part of `docs/benchmarks.md` about peers. */
export function peerDocument(results: PeerResults): string {
  const { rows, absent, concurrency } = results;
  const work = rows.filter((row) => row.work);
  const idle = rows.filter((row) => !row.work);
  const parts = [
    `Every contender has a process of its own on the same broker, and they take turns. Time runs from the first handler call until the last
record was handled, and until an independent client saw the broker store the offsets past all of them. CPU is that of the process in that
time, memory its peak since its start. A contender that did not handle every record would be a failure, not a time. Figures are medians of
${Math.max(0, ...rows.map(({ samples }) => samples.length))} runs, or one run where it takes more than ${LONG_RUN_SECONDS} s; load average before the first: ${results.loadBefore.toFixed(2)}. Every process is
cold: the JVM has not compiled much when 10,000 records are done, and neither has V8.`,
  ];
  if (work.length > 0) {
    parts.push(
      `### ${thousands(work[0]?.records ?? 0)} records with 0 to 5 ms of work each

A record waits for its own fixed number of milliseconds (2.5 on average), ${thousands(KEYS)} keys, concurrency ${concurrency} where a contender has it. The ideal is the
work of the busiest lane, or all of it by ${concurrency} workers, with punctual timers and no cost of anything else; Node's timers are not punctual, and what
they alone take for the same work, on this machine in the same run, has a row of its own.`,
      ...[...new Set(work.map(({ partitions }) => partitions))].map((partitions) =>
        workTable(work.filter((row) => row.partitions === partitions)),
      ),
    );
  }
  if (idle.length > 0) {
    parts.push(
      `### ${thousands(idle[0]?.records ?? 0)} records of 100 bytes with nothing to do`,
      ...[...new Set(idle.map(({ partitions }) => partitions))].map((partitions) =>
        idleTable(idle.filter((row) => row.partitions === partitions)),
      ),
    );
  }
  const failed = rows.filter(({ failures }) => failures.length > 0);
  if (failed.length > 0)
    parts.push(
      failed
        .map(
          (row) =>
            `- ${row.contender}, ${row.ordering}, ${partitionWords([row]).toLowerCase()}, ${row.work ? 'with work' : 'nothing to do'}: failed, ${firstLine(row.failures[0])}`,
        )
        .join('\n'),
    );
  const verdicts = peerVerdicts(results);
  parts.push(
    '### What was aimed at',
    markdownTable(
      ['aim', 'seen', 'reached'],
      verdicts.map(({ aim, seen, reached }) => [aim, seen, reached === null ? '–' : reached ? 'yes' : '**no**']),
    ),
  );
  if (absent.length > 0) parts.push(absent.map(({ name, reason }) => `Skipped: ${name}, because ${reason}.`).join('\n'));
  return parts.join('\n\n');
}

function workTable(rows: readonly PeerRow[]): string {
  const cells = rows.map((row) => [
    ...nameCells(row),
    row.idealSeconds?.toFixed(2) ?? '–',
    ...figures(row, (sample) => sample.handledSeconds, seconds),
    ...figures(row, (sample) => sample.committedSeconds, seconds),
    ...cost(row),
  ]);
  return `${partitionWords(rows)}:\n\n${markdownTable(
    ['order', 'contender', 'ideal, s', 'handled, s', 'committed, s', 'CPU s', 'peak MB'],
    cells,
  )}`;
}

function idleTable(rows: readonly PeerRow[]): string {
  const cells = rows.map((row) => [
    ...nameCells(row),
    ...figures(
      row,
      (sample) => (sample.committedSeconds === null ? null : row.records / sample.committedSeconds / 1000),
      (value) => String(rounded(value)),
    ),
    ...figures(row, (sample) => sample.handledSeconds, seconds),
    ...figures(row, (sample) => sample.committedSeconds, seconds),
    ...cost(row),
  ]);
  return `${partitionWords(rows)}:\n\n${markdownTable(
    ['order', 'contender', 'thousand records a second', 'handled, s', 'committed, s', 'CPU s', 'peak MB'],
    cells,
  )}`;
}

function nameCells({ ordering, contender, version }: PeerRow): readonly string[] {
  const name = `${contender} (${version})`;
  return [ordering, contender === OURS ? `**${name}**` : name];
}

function cost(row: PeerRow): readonly string[] {
  return [
    ...figures(
      row,
      (sample) => sample.cpuSeconds,
      (value) => value.toFixed(1),
    ),
    ...figures(
      row,
      (sample) => sample.peakMegabytes,
      (value) => value.toFixed(0),
    ),
  ];
}

function figures(row: PeerRow, pick: (sample: PeerMeasurement) => number | null, show: (value: number) => string): readonly string[] {
  if (row.failures.length > 0) return ['failed'];
  const values = row.samples.map(pick).filter((value) => value !== null);
  return [values.length === 0 ? '–' : show(median(values))];
}

const seconds = (value: number): string => value.toFixed(2);

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}

function partitionWords(rows: readonly PeerRow[]): string {
  const partitions = rows[0]?.partitions ?? 0;
  return partitions === 1 ? 'One partition' : `${partitions} partitions`;
}

function firstLine(text = ''): string {
  return text.split('\n')[0]?.replace(/: SLF4J.*$/, '') ?? '';
}
