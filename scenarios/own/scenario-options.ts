/** What a user says about one scenario: `scenario(name, options)` in vitest, `defineScenario(name, options)` anywhere else. */
import type { Arbitrary } from 'fast-check';
import type { Handler } from '../../src/handler.ts';
import type { AnyMessageHandler } from '../../src/message-handler.ts';
import type { Observation } from '../../src/observation.ts';
import type { Random } from '../../src/random.ts';
import type { RecordHeader } from '../../src/record.ts';
import type { FaultProfileName } from '../../testing/fault/profiles.ts';
import type { FaultKind } from '../../testing/fault.ts';
import type { FastCheckModule } from '../load-fast-check.ts';

/** A message of the user's: bytes and strings as they are, null a tombstone, anything else as JSON. */
export interface RehearsalMessage {
  /** Decides the partition, as Kafka's own producer does. Without one, any partition. */
  readonly key?: string | null | undefined;
  readonly value: unknown;
  /** By name, or as pairs where a name repeats. Values as those of messages. */
  readonly headers?: Readonly<Record<string, unknown>> | readonly (readonly [name: string, value: unknown])[] | undefined;
}

/** What generators may use: time as the handlers will see it when a run begins (milliseconds since the epoch). */
export interface MessageContext {
  readonly now: number;
}

export type MessageArbitraries = Readonly<Record<string, Arbitrary<RehearsalMessage>>>;

export interface WorldContext {
  /** Time of the run: virtual in memory. */
  readonly clock: { now(): number };
  /** Seeded: the same run makes the same world. */
  readonly random: Random;
}

/**
 * Something that a handler does to the world: named, written down with the record that it is for, and done only while the
 * process lives. It takes a little of the run's time before and after, so a crash can fall on either side of it.
 * `details`: whatever an invariant wants to look at. `apply` makes the change; the promise gives what it returns.
 */
export interface Effect {
  (name: string, details?: unknown): Promise<void>;
  <Result>(name: string, details: unknown, apply: () => Result | Promise<Result>): Promise<Result>;
}

/** A fact that must be seen at least once in all the runs together. `condition` false: known, and not seen this time. */
export type Sometimes = (fact: string, condition?: boolean) => void;

export interface HandlerTools {
  readonly effect: Effect;
  readonly sometimes: Sometimes;
}

/** An effect that was asked for. */
export interface RecordedEffect {
  readonly name: string;
  readonly details: unknown;
  /** `context.id` of the record whose handler asked; null outside of a handler's call. */
  readonly record: string | null;
  /** Which life of which member, such as `a#2`. */
  readonly member: string;
  /** Milliseconds since the run began. */
  readonly at: number;
}

/** A record as it stands in a topic at the end: a generated message, or one that a handler has written to an output. */
export interface RunRecord {
  /** `topic/partition/offset`, as in `context.id`. */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  /** As text where it is text. */
  readonly key: unknown;
  /** JSON where it is JSON, else text, else bytes; null for a tombstone. */
  readonly value: unknown;
  readonly headers: readonly RecordHeader[];
  /** The last answer of a handler; `failed` where it threw. Null for a record that no handler was given. */
  readonly outcome: 'consume' | 'skip' | 'reject' | 'failed' | null;
  /** Of a Reject, or of a Skip that has one. */
  readonly reason: string | null;
  /** Calls of a handler. */
  readonly deliveries: number;
}

/** A run that is over, for an invariant to look at. */
export interface FinishedRun<World> {
  readonly world: World;
  /** In the order in which they were done. */
  readonly effects: readonly RecordedEffect[];
  /** Asked for by code of a process that was dead already, and not done. */
  readonly staleEffects: readonly RecordedEffect[];
  /** What the runtime said that it decided. */
  readonly observations: readonly Observation[];
  /** What a fault took away for good (retention, a topic made again, an unclean leader) is not among them. */
  readonly records: readonly RunRecord[];
  readonly sometimes: Sometimes;
}

export type Faults = FaultProfileName | readonly (FaultKind | FaultProfileName)[];

export interface ScenarioOptions<World = undefined> {
  /** What outlives a crash: the user's database. Made once a run. */
  readonly world?: (context: WorldContext) => World;
  /** Made at every start of a member, and once before to see what they need; what they hold dies with it. */
  readonly handlers: (world: World, tools: HandlerTools) => readonly (Handler | AnyMessageHandler)[];
  /** A generator of messages for each topic. As a function it is given fast-check, so that nobody need import it. */
  readonly messages: MessageArbitraries | ((fc: FastCheckModule, context: MessageContext) => MessageArbitraries);
  /** Topics that the handlers write to, besides those of their dead letters. Default none. */
  readonly outputs?: readonly string[];
  /** Null values in place of one message in eight. Default true. */
  readonly tombstones?: boolean;
  /** A profile, or a list of profiles and of kinds; each kind of such a list must have fired in a campaign of 20 runs or more. Default `everything`. */
  readonly faults?: Faults;
  /** How many generated runs. Default 100. */
  readonly runs?: number;
  /** Which messages may end in Reject: all, those with one of these reasons, or those that the function says. Default none. */
  readonly mayReject?: boolean | readonly string[] | ((record: RunRecord) => boolean);
  /** What must be the same at the end as in a run of the same messages without any fault. Not compared where records were lost or spoiled on purpose. */
  readonly sameAsCalm?: (world: World) => unknown;
  /** By name; one that throws is violated, and so is one that returns false. Asked when everything has drained. */
  readonly invariants?: Readonly<Record<string, (run: FinishedRun<World>) => void | Promise<void>>>;
  /** Facts that must be seen at least once, besides those that `sometimes` is told of. */
  readonly sometimes?: readonly string[];
  /** Labels of a message, for the distribution of what was generated. */
  readonly classify?: (message: RehearsalMessage, topic: string) => string | readonly string[];
}
