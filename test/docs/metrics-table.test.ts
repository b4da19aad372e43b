import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricsTable } from '../../scripts/metrics-table.ts';

test('the usage page shows the metrics as they are (mend: npm run docs:table)', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/usage.md'), 'utf8');
  const [, shown] = /<!-- table of metrics -->\n\n([\s\S]*?)\n\n<!-- end of the table of metrics -->/.exec(page) ?? [];
  expect(shown).toBe(metricsTable());
});
