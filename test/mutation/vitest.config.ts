import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** From quick to slow. They come last: the first test that notices a mutant ends its run. */
const SLOW = [
  '/ledger.test',
  '/lag-watch.test',
  '/durable-ledger.test',
  '/ledger-of-a-log.property',
  '/pause-by-hand.property',
  '/lanes.property',
  '/fifo.test',
  '/lane-memory.test',
];

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => SLOW.findIndex((name) => moduleId.includes(name));
    return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other) || (one.moduleId < other.moduleId ? -1 : 1)));
  }
}

/**
 * What notices mutants of the consumer: first its own tests, and of those that survive them a few generated scenarios under every kind of
 * trouble, with the plans that broke a promise once.
 */
const INCLUDE: Readonly<Record<string, readonly string[]>> = {
  tests: ['test/consumer/**/*.test.ts'],
  scenarios: ['test/scenarios/commit-semantics.test.ts', 'test/scenarios/regressions.test.ts'],
};

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    testTimeout: 30_000,
    // These tests share nothing but the modules, and loading those again for each file is most of what a mutant costs.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    exclude: ['**/*.kafka.test.ts'],
    include: [...(INCLUDE[process.env.MUTATION_STAGE ?? 'tests'] ?? [])],
  },
});
