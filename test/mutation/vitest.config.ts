import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What kills mutants of the consumer: its own tests, and a few generated scenarios under every kind of trouble. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    exclude: ['**/*.kafka.test.ts'],
    include: ['test/consumer/**/*.test.ts', 'test/scenarios/commit-semantics.test.ts', 'test/scenarios/regressions.test.ts'],
  },
});
