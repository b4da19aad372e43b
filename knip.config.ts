import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'src/index.ts',
    'src/transports/kafkajs/index.ts',
    'src/health/index.ts',
    'src/metrics/index.ts',
    'testing/index.ts',
    'testing/kafka/index.ts',
    'testing/vitest/index.ts',
    'testing/kafka/supervisor.ts',
    'cli/bin.ts',
    'cli/campaign-source.ts',
    'scenarios/campaign/worker.ts',
    'scenarios/exhaustive/exhaust-worker.ts',
    'scenarios/index.ts',
    'test/mutation/vitest.config.ts',
    'examples/**/*.ts',
    'bench/program/*',
    'bench/peers/program/*',
    'scripts/soak/member.ts',
    'test/vitest/fixtures/*.ts',
  ],
  project: ['{src,testing,scenarios,cli,test,bench,scripts}/**/*.ts', '!test/package/fixtures/**'],
  stryker: { config: ['test/mutation/stryker.config.json'] },
  ignoreExportsUsedInFile: true,
  // Run by their path or their name: knip sees imports only.
  ignoreDependencies: ['@arethetypeswrong/cli', 'snappyjs', 'lz4js', '@testcontainers/kafka'],
};

export default config;
