import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { logEventsTable } from '../../scripts/log-events-table.ts';
import { LOG_EVENTS } from '../../src/log/log-events.ts';
import type { LogEvent } from '../../src/log/log-events.ts';

const root = join(import.meta.dirname, '../..');
const events: Readonly<Record<string, LogEvent>> = LOG_EVENTS;

/** The runtime's sources by path, without the log itself. */
const sources = new Map<string, string>();
beforeAll(async () => {
  for await (const path of glob('src/**/*.ts', { cwd: root }))
    if (!path.startsWith('src/log/')) sources.set(path, await readFile(join(root, path), 'utf8'));
});

test('every line of the runtime has an event: nothing writes to a logger past the event log', () => {
  const past = [...sources].flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index) => (/\blogger\??\.(debug|info|warn|error)\b/.test(line) ? [`${path}:${index + 1}`] : [])),
  );
  expect(past).toEqual([]);
});

test('every event is written somewhere, folded where it says so', () => {
  const all = [...sources.values()].join('\n');
  for (const [name, { isFolded }] of Object.entries(events)) {
    const write = isFolded ? /\.fold\(\s*'NAME'/ : /(\.write\(\s*|writeEvent\([^)]*?)'NAME'/;
    expect(new RegExp(write.source.replace('NAME', name)).test(all), name).toBe(true);
  }
});

describe('each', () => {
  test.for(Object.entries(events))('%s is named in kebab-case and says what it means', ([name, { fields, meaning }]) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(meaning).toMatch(/^[^|]+\.$/);
    expect(fields).not.toContain('value');
    expect(fields).not.toContain('event');
  });
});

test('the usage page shows them as they are (mend: npm run docs:table)', async () => {
  const page = await readFile(join(root, 'docs/usage.md'), 'utf8');
  const [, shown] = /<!-- table of log events -->\n\n([\s\S]*?)\n\n<!-- end of the table of log events -->/.exec(page) ?? [];
  expect(shown).toBe(logEventsTable());
});
