import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationTable } from '../../src/config/configuration-table.ts';

test('the usage page shows the configuration table as the schema has it (mend: npm run docs:table)', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/usage.md'), 'utf8');
  expect(
    page
      .split('\n')
      .filter((line) => line.startsWith('| `KAFKA_'))
      .join('\n'),
  ).toBe(configurationTable().split('\n').slice(2).join('\n'));
});
