/** `kafka-rehearsal/testing`: handlers on a stage. Needs Node and nothing else. */
export { rehearse, Stage } from './stage.ts';
export type {
  HaltedPlace,
  IdleOptions,
  ProducedRecord,
  RehearseOptions,
  StageAction,
  StageDeadLetter,
  StageMember,
  StageRecord,
} from './stage.ts';
export type { Letter, RecordOrigin } from '../src/dead-letter/read-letter.ts';
export { assertThat, matchers } from './matchers/matchers.ts';
export type { StageMatcherFunctions, StageMatchers } from './matchers/matchers.ts';
export { hasCommitted, hasConsumed, hasProduced, hasRejected, hasSkipped } from './matchers/verdicts.ts';
export type {
  CommittedExpectation,
  ProducedExpectation,
  ReasonExpectation,
  RecordExpectation,
  RehearsedStage,
  SkippedExpectation,
  Verdict,
} from './matchers/verdicts.ts';
export { MemoryVenue } from './memory/memory-venue.ts';
export type { MemoryVenueOptions } from './memory/memory-venue.ts';
export type { TraceEntry } from './simulation/trace.ts';
export type { Fault, FaultKind, FaultTarget } from './fault.ts';
export { FAULTS, faultKindsOf } from './fault/catalogue.ts';
export type { FaultDescription, FaultSeat, Rung } from './fault/catalogue.ts';
export { FAULT_PROFILES, FAULT_PROFILE_NAMES } from './fault/profiles.ts';
export type { FaultProfile, FaultProfileName } from './fault/profiles.ts';
export type { UntilOptions, Venue, VenueMember } from './venue.ts';
export type { BrokerConfig } from './broker/broker-config.ts';
