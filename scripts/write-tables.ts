/** Writes the tables of docs/usage.md anew. The tests of test/docs fail where they are out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationTable } from '../src/config/configuration-table.ts';
import { logEventsTable } from './log-events-table.ts';
import { metricsTable } from './metrics-table.ts';

const page = join(import.meta.dirname, '../docs/usage.md');
const tables: readonly (readonly [name: string, table: string])[] = [
  ['configuration table', configurationTable()],
  ['table of metrics', metricsTable()],
  ['table of log events', logEventsTable()],
];
let text = readFileSync(page, 'utf8');
for (const [name, table] of tables) {
  const between = new RegExp(`(<!-- ${name} -->\\n\\n)[\\s\\S]*?(\\n\\n<!-- end of the ${name} -->)`);
  if (!between.test(text)) throw new Error(`docs/usage.md has lost the comments around the ${name}`);
  text = text.replace(between, (_, start: string, end: string) => start + table + end);
}
writeFileSync(page, text);
