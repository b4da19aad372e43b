import type { ZooRow } from './zoo-row.ts';

const NAME_WIDTH = 46;

/** The table for a terminal of 100 columns. */
export function zooTable(rows: readonly ZooRow[]): string {
  const head = line(['#', 'bug', 'promise it breaks', 'runs', 'steps', 'shrink', 'twin']);
  const body = rows.flatMap((row) => {
    const cells = [
      String(row.id),
      row.name.length > NAME_WIDTH ? `${row.name.slice(0, NAME_WIDTH - 1)}…` : row.name,
      row.invariant,
      row.caught ? String(row.runs) : 'MISSED',
      row.steps === null ? '–' : String(row.steps),
      `${(row.shrinkMs / 1000).toFixed(1)} s`,
      row.twinPassed ? 'holds' : 'FAILS',
    ];
    return row.problem === null ? [line(cells)] : [line(cells), `     ${row.problem}`];
  });
  return [head, ...body].join('\n');
}

function line([id = '', name = '', invariant = '', runs = '', steps = '', shrink = '', twin = '']: readonly string[]): string {
  return `${id.padStart(3)}  ${name.padEnd(NAME_WIDTH)}  ${invariant.padEnd(19)} ${runs.padStart(6)} ${steps.padStart(5)} ${shrink.padStart(7)}  ${twin}`;
}
