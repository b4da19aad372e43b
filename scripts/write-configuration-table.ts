/** Writes the configuration table of docs/usage.md anew. test/docs/configuration-table.test.ts fails where it is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationTable } from '../src/config/configuration-table.ts';

const page = join(import.meta.dirname, '../docs/usage.md');
const BETWEEN = /(<!-- configuration table -->\n\n)[\s\S]*?(\n\n<!-- end of the configuration table -->)/;
const before = readFileSync(page, 'utf8');
if (!BETWEEN.test(before)) throw new Error('docs/usage.md has lost the comments around the configuration table');
writeFileSync(
  page,
  before.replace(BETWEEN, (_, start: string, end: string) => start + configurationTable() + end),
);
