import { test } from 'vitest';
import type { TestAPI } from 'vitest';
import { rehearse } from '../stage.ts';
import type { RehearseOptions, Stage } from '../stage.ts';

/**
 * Vitest's `test` with a stage of its own for each test that asks for it, stopped when the test is over, passed or failed.
 * Options as a function are made anew for each test.
 *
 *     const test = stageTest({ handlers: [orders] });
 *     test('charges once', async ({ stage }) => { … });
 */
export function stageTest(options: RehearseOptions | (() => RehearseOptions)): TestAPI<{ stage: Stage }> {
  return test.extend<{ stage: Stage }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads what a fixture needs from this pattern
    stage: async ({}, use) => {
      const stage = await rehearse(typeof options === 'function' ? options() : options);
      try {
        await use(stage);
      } finally {
        await stage.stop();
      }
    },
  });
}
