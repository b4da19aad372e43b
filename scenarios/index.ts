/** `kafka-rehearsal/scenarios`: definitions, generators and campaigns. fast-check is loaded when a campaign begins. */
export { commitSemantics } from './commit-semantics.ts';
export { bugZoo } from './zoo/index.ts';
export type { ZooEntry } from './zoo/zoo-entry.ts';
export { runScenarios, playPlan, decisiveViolation } from './run-scenarios.ts';
export type { CampaignOptions, CampaignOutcome, Progress, ScenarioOutcome, ScenarioPlace } from './run-scenarios.ts';
export { guardDeterminism } from './determinism-guard.ts';
export type { Determinism, Divergence } from './determinism-guard.ts';
export { profileScenarios } from './profile-scenarios.ts';
export { runPlan } from './run-plan.ts';
export type { PlanResult, RunPlanOptions } from './run-plan.ts';
export { memoryPlace } from './memory-place.ts';
export { kafkaPlace } from './kafka-place.ts';
export { runtimeSubject } from './runtime-subject.ts';
export type { RunningSubject, Subject, SubjectOptions } from './subject.ts';
export type { ScenarioDefinition, Stageability } from './scenario-definition.ts';
export { planArbitrary } from './generate/plan-arbitrary.ts';
export type { GeneratedMessage, PlanShape } from './generate/plan-shape.ts';
export { defineRehearsal, isRehearsal } from './rehearsal.ts';
export type { Rehearsal, RehearsalOptions } from './rehearsal.ts';
export { defineScenario } from './own/define-scenario.ts';
export type {
  Effect,
  Faults,
  FinishedRun,
  HandlerTools,
  MessageArbitraries,
  MessageContext,
  RecordedEffect,
  RehearsalMessage,
  RunRecord,
  ScenarioOptions,
  Sometimes,
  WorldContext,
} from './own/scenario-options.ts';
