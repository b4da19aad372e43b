import { MEMORY_FAULT_KINDS } from '../testing/memory/fault-injector.ts';
import { MemoryVenue } from '../testing/memory/memory-venue.ts';
import type { Stageplace } from './run-scenarios.ts';

/** Every plan on an in-memory cluster of its own, in virtual time. */
export const memoryPlace: Stageplace = {
  transport: 'memory',
  time: 'virtual',
  faultKinds: MEMORY_FAULT_KINDS,
  minSessionTimeoutMs: 6_000,
  openVenue: async (config) => new MemoryVenue({ seed: config.seed, brokers: config.brokers, traceLimit: 1_000 }),
};
