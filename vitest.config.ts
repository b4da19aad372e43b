import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The examples import the package by its name, as its users do; under test that is the source. The same list is in tsconfig.json. */
const sources: Readonly<Record<string, string>> = {
  'kafka-rehearsal': 'src/index.ts',
  'kafka-rehearsal/kafkajs': 'src/transports/kafkajs/index.ts',
  'kafka-rehearsal/health': 'src/health/index.ts',
  'kafka-rehearsal/metrics': 'src/metrics/index.ts',
  'kafka-rehearsal/testing': 'testing/index.ts',
  'kafka-rehearsal/scenarios': 'scenarios/index.ts',
  'kafka-rehearsal/vitest': 'testing/vitest/index.ts',
  'kafka-rehearsal/real-kafka': 'testing/kafka/index.ts',
};
const alias = Object.entries(sources).map(([name, source]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(source, import.meta.url)),
}));

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          // Nothing here waits for time to pass, but a busy machine of two cores may take its own.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/*.kafka.test.ts', '**/*.package.test.ts', '**/fixtures/**', '**/node_modules/**'],
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'kafka',
          include: ['test/**/*.kafka.test.ts'],
          globalSetup: ['./testing/kafka/vitest-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
