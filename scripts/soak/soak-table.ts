import { markdownTable } from '../../bench/document.ts';
import type { SoakResult } from './judge-soak.ts';

/** One line for people. */
export function soakLine(result: SoakResult): string {
  const { ordering, counts, troubles, lives, violations } = result;
  const verdict = violations.length === 0 ? 'held' : `BROKEN (${violations.length})`;
  return (
    `${ordering}: ${verdict}; ${counts.records} records, ${counts.deliveries} deliveries, ${lives} processes ` +
    `(${troubles.kill} killed, ${troubles.stop} stopped, ${troubles.leave} left), ${counts.rebalances} rebalances, ` +
    `${result.events} events judged, ${(result.durationMs / 1000).toFixed(0)} s`
  );
}

/** The table of `docs/benchmarks.md`. */
export function soakTable(results: readonly SoakResult[]): string {
  const rows: readonly (readonly [string, (result: SoakResult) => number | string])[] = [
    ['records', ({ counts }) => counts.records],
    ['deliveries', ({ counts }) => counts.deliveries],
    ['skips and failures', ({ counts }) => counts.skips + counts.failures],
    ['delivered again, all causes', ({ counts }) => counts.redeliveries],
    ['not delivered again, by the durable ledger', ({ alreadyDone }) => alreadyDone],
    ['processes started', ({ lives }) => lives],
    ['killed (SIGKILL)', ({ troubles }) => troubles.kill],
    ['handler calls that were interrupted by it', ({ interrupted }) => interrupted],
    ['evidence files with a torn last line', ({ torn }) => torn],
    ['stopped beyond the session (SIGSTOP, SIGCONT)', ({ troubles }) => troubles.stop],
    ['sent away (SIGTERM)', ({ troubles }) => troubles.leave],
    ['joined under load', ({ troubles }) => troubles.join],
    ['rebalances', ({ counts }) => counts.rebalances],
    ['partitions lost by eviction', ({ evictions }) => evictions],
    ['commits acknowledged', ({ counts }) => counts.commits],
    ['events judged', ({ events }) => events],
    ['seconds', ({ durationMs }) => (durationMs / 1000).toFixed(0)],
    ['promises broken', ({ violations }) => violations.length],
  ];
  return markdownTable(
    ['', ...results.map(({ ordering }) => ordering)],
    rows.map(([name, of]) => [name, ...results.map((result) => cell(of(result)))]),
  );
}

function cell(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}
