import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'src/index.ts',
    'src/transports/kafkajs/index.ts',
    'testing/index.ts',
    'testing/vitest/index.ts',
    'testing/kafka/index.ts',
    'testing/kafka/vitest-setup.ts',
    'scenarios/index.ts',
    'cli/bin.ts',
    'examples/**/*.ts',
    'bench/run.ts',
    'scripts/*.ts',
    'test/**/*.test.ts',
  ],
  project: ['src/**/*.ts', 'testing/**/*.ts', 'scenarios/**/*.ts', 'cli/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
  // Contracts export what implementers need, whether or not this package uses it yet.
  ignoreExportsUsedInFile: true,
  ignoreDependencies: ['node', 'typescript-5', 'typescript-6', 'oxlint-tsgolint'],
};

export default config;
