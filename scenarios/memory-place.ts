import { MEMORY_FAULT_KINDS } from '../testing/memory/fault-injector.ts';
import { MemoryVenue } from '../testing/memory/memory-venue.ts';
import type { ScenarioPlace } from './run-scenarios.ts';

/** Shorter than Kafka's five minutes, so that added partitions are seen before a run is over. */
const METADATA_MAX_AGE_MS = 5_000;

/** Every plan on an in-memory cluster of its own, in virtual time. */
export const memoryPlace: ScenarioPlace = {
  transport: 'memory',
  time: 'virtual',
  faultKinds: MEMORY_FAULT_KINDS,
  minSessionTimeoutMs: 6_000,
  openVenue: async (config, run = {}) =>
    new MemoryVenue({
      seed: config.seed,
      brokers: config.brokers,
      brokerConfig: {
        ...run.brokerConfig,
        ...(config.offsetMetadataMaxBytes === undefined ? {} : { offsetMetadataMaxBytes: config.offsetMetadataMaxBytes }),
      },
      choices: run.choices ?? [],
      ...(run.decisionLimit === undefined ? {} : { decisionLimit: run.decisionLimit }),
      // Whoever wants to read it says so: of a hundred thousand runs nobody does.
      traceLimit: run.traceLimit ?? 0,
      metadataMaxAgeMs: METADATA_MAX_AGE_MS,
      produceUnderFaults: true,
    }),
};
