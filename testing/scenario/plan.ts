/**
 * The plan: one scenario as plain JSON, the same on every venue. A saved plan is a public format: it can be committed
 * and replayed later, so the version changes when a field changes its meaning or goes away.
 *
 * Every operation is harmless where it does not apply (a member that is up joins again, one that is down leaves):
 * so leaving any of them out gives a plan that can be played, which is what shrinking does.
 */
import type { Fault } from '../fault.ts';

/**
 * 2: handlers and processes may have options. A plan of version 1 is read as one without any, whose commits carry no durable
 * ledger: what a process did by itself then. 3: somebody may pause, resume and decide by hand. One of version 2 means the same.
 */
export const PLAN_VERSION = 3;

export interface Plan {
  readonly version: typeof PLAN_VERSION;
  /** Name of the scenario definition that it was made for: it says which subject and which handlers play. */
  readonly scenario: string;
  readonly config: PlanConfig;
  readonly ops: readonly PlanOp[];
  readonly faults: readonly PlanFault[];
  /**
   * Which of several events of the same time happens next, decision by decision, each taken modulo the number of
   * alternatives; 0 where the list ends: first in, first out. In virtual time only.
   */
  readonly choices: readonly number[];
}

export interface PlanConfig {
  /** Seed of latencies and of the back-off's jitter. */
  readonly seed: number;
  /** Two at least: some losses need two leaders. */
  readonly brokers: number;
  readonly topics: readonly PlanTopic[];
  /** Where the group starts. With `latest` the first member is up and assigned before the first operation. */
  readonly offsetReset: 'earliest' | 'latest';
  readonly sessionTimeoutMs: number;
  /** Of the topics, on the in-memory cluster; with 2 or more, acks from all need two in-sync replicas. Default 1. */
  readonly replicationFactor?: number;
  /** Longest metadata of a commit that the in-memory brokers take, as `offset.metadata.max.bytes`. Default 4,096. */
  readonly offsetMetadataMaxBytes?: number;
  /** Options of every process. Default: the runtime's own. */
  readonly process?: PlanProcess;
}

export interface PlanTopic {
  readonly name: string;
  readonly partitions: number;
  /** Options of its handler. Default: the handler's own. */
  readonly handler?: PlanHandler;
}

/** As of the handler options of the same names. */
export interface PlanHandler {
  readonly ordering?: 'partition' | 'key' | 'unordered';
  readonly concurrency?: number;
  readonly rateLimit?: PlanRate;
  /** The handler takes batches. */
  readonly batch?: { readonly maxRecords: number; readonly lingerMs?: number };
  readonly retry?: PlanRetry;
  /** Rejected records go to `<topic>.dead`, which has so many partitions. */
  readonly deadLetter?: { readonly partitions: number };
  readonly deadlineMs?: number;
  readonly hungAfterMs?: number;
  readonly onHung?: 'halt' | 'overlap';
}

export interface PlanRate {
  readonly recordsPerSecond: number;
  readonly burst: number;
}

export interface PlanRetry {
  readonly maxAttempts?: number;
  readonly maxElapsedMs?: number;
  readonly maxSkips?: number;
  readonly maxSkipMs?: number;
  readonly jitter?: 'full' | 'none';
  readonly onExhausted?: 'reject' | 'halt' | 'continue';
}

export interface PlanProcess {
  /** Calls at once, over all handlers. */
  readonly concurrency?: number;
  readonly rateLimit?: PlanRate;
  /** Records from the lowest open one to the position. */
  readonly openWindow?: number;
  /** Whether commits say in their metadata what is done above them. */
  readonly durableLedger?: boolean;
}

/** Where the rejected records of a topic go, if they go anywhere. */
export function deadLetterTopicOf(topic: string): string {
  return `${topic}.dead`;
}

/** Text as it is, bytes as base64, null for a tombstone. */
export type PlanValue = string | { readonly base64: string } | null;

/** What happens at the deliveries of one record, in this order; over the whole run, also across crashes. */
export interface RecordScript {
  /** Deliveries that are answered with Skip. Default 0. */
  readonly skips?: number;
  /** What those Skips ask for, `retryAfterMs`, in milliseconds of the venue's time. Default: the handler's back-off. */
  readonly retryAfterMs?: number;
  /** Deliveries after those whose handler throws. Default 0. */
  readonly failures?: number;
  /** How long each call takes, in milliseconds of the venue's time; more than 0 makes it asynchronous. Default 0. */
  readonly slowMs?: number;
  /** Answers a promise. Default false. */
  readonly async?: boolean;
  /** Batches with it that are answered with one action too few, before all else. Default 0. */
  readonly misanswers?: number;
  /** Its failures are of a kind that no further attempt can mend, where its handler looks at that. Default false. */
  readonly final?: boolean;
  /** What somebody decides where its lane stands still for it; `retry` where its handler has no dead letters. Default `retry`. */
  readonly whenHalted?: 'retry' | 'dead-letter';
  /** The answer in the end. Default `consume`. A scenario with handlers of the user's leaves it to them. */
  readonly verdict?: 'consume' | 'reject';
}

export type PlanOp =
  | {
      readonly op: 'produce';
      readonly topic: string;
      readonly partition: number;
      readonly key: string | null;
      readonly value: PlanValue;
      /** In this order; names may repeat. Default none. */
      readonly headers?: readonly (readonly [name: string, value: PlanValue])[];
      readonly script?: RecordScript;
    }
  /** A member that is down starts: a new process with nothing but the group's committed offsets and the world. */
  | { readonly op: 'join'; readonly member: string }
  /** Stops as a deployment would: running calls finish, what is done is committed, the group is left. */
  | { readonly op: 'leave'; readonly member: string }
  /** The process dies without a word. */
  | { readonly op: 'crash'; readonly member: string }
  /**
   * Somebody has this process pause a topic, or one partition of it, by hand, or go on. A process that is not up, or does not consume
   * yet, does nothing; a pause ends with its process, and when the faults have stopped everything goes on.
   */
  | { readonly op: 'pause' | 'resume'; readonly member: string; readonly topic: string; readonly partition?: number }
  /**
   * Somebody decides on every lane that stands still for its record, as the record's script says; when the faults have stopped, at once.
   * `besideCalls`: also on lanes that stand still for a call that hangs, which go on beside it. Default false.
   */
  | { readonly op: 'decide'; readonly besideCalls?: boolean }
  | { readonly op: 'wait'; readonly ms: number };

/** A fault that is armed once `afterOps` operations were played; at the end of them, where there are fewer. */
export interface PlanFault {
  readonly afterOps: number;
  readonly fault: Fault;
}

/** Steps that a reader has to follow: operations, faults, and choices that are not 0. */
export function planSteps(plan: Plan): number {
  return plan.ops.length + plan.faults.length + plan.choices.filter((choice) => choice !== 0).length;
}
