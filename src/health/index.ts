/** `kafka-rehearsal/health`: readiness and liveness, and handlers that tell them by HTTP. */
export { fetchHealthHandler } from './fetch-health-handler.ts';
export type { FetchHealthHandler } from './fetch-health-handler.ts';
export { healthHandler } from './health-handler.ts';
export type { NodeHealthHandler } from './health-handler.ts';
export type { HealthHandlerOptions, ProbedManager } from './answer.ts';
export { liveness } from './liveness.ts';
export type { LivenessOptions } from './liveness.ts';
export type { HaltedSelection, OperatedManager, OperatorOptions, OperatorRequest } from './operations.ts';
export { readiness } from './readiness.ts';
export type { StallWatch } from './stall-watch.ts';
export type { HealthVerdict } from './verdict.ts';
