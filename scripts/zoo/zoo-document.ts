import type { ZooEntry } from '../../scenarios/zoo/zoo-entry.ts';
import type { ZooRow } from './zoo-row.ts';

/** `docs/bug-zoo.md`: the same run gives the same text. */
export function zooDocument(
  rows: readonly ZooRow[],
  entries: readonly ZooEntry[],
  notYet: readonly { readonly id: number; readonly name: string; readonly reason: string }[],
  seeds: number,
): string {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const lines = rows.map((row) => {
    const entry = byId.get(row.id);
    const cells = [
      String(row.id),
      row.name,
      `\`${row.invariant}\``,
      row.caught ? (row.runs === row.mostRuns ? String(row.runs) : `${row.runs} (${row.mostRuns})`) : 'not caught',
      row.steps === null ? '–' : String(row.steps),
      row.twinPassed ? 'holds' : 'fails',
      entry?.onKafka === true ? 'yes' : '–',
      entry?.seenIn ?? '',
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  });
  return `# The bug zoo

Classic bugs of at-least-once consumers, each seen in public, and each here as a small honest consumer that has exactly this
defect (\`scenarios/zoo/entries\`). The suite must catch every one on the in-memory broker, name the promise that it breaks,
and shrink the plan to a few steps; its twin, the same consumer without the defect, must hold in the same plans.

This page is written by \`npm run zoo\` over ${seeds} seeds. *Runs* is the median number of generated plans until the bug was
caught, with the worst seed in parentheses; *steps* is the median size of the shrunk plan, where a step is an operation, a
fault or a choice that is not zero. *Real Kafka*: the shrunk plan, with the waits that real
time takes, breaks the same promise on Apache Kafka too, and \`test/zoo/zoo.kafka.test.ts\` plays it there.

| # | bug | promise it breaks | runs | steps | twin | real Kafka | seen in |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

## Not yet possible

${notYet.map(({ id, name, reason }) => `- **#${id}** ${name}: ${reason}.`).join('\n')}
`;
}
