/**
 * The venue contract: where a rehearsal or a scenario plays. Two kinds: an in-memory cluster in virtual time, and real
 * Kafka in real time. Stage, scenarios and conformance suite are written against this file and know no broker.
 */
import type { TransportAdmin } from '../src/admin.ts';
import type { Clock } from '../src/clock.ts';
import type { Handler } from '../src/handler.ts';
import type { Random } from '../src/random.ts';
import type { KafkaRecord } from '../src/record.ts';
import type { ProduceRecord, Transport } from '../src/transport.ts';
import type { Happening } from './fault/happening.ts';
import type { Fault, FaultKind } from './fault.ts';
import type { TraceEntry } from './simulation/trace.ts';

export interface VenueMember {
  /** Unique in the venue: the member's name and its incarnation, such as `m1#2`. */
  readonly name: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** The same handler, whose running calls the venue knows of: virtual time waits for their real I/O. Register this one. Real Kafka returns it as it is. */
  rehearse(handler: Handler): Handler;
  /**
   * The process dies without a word to the broker: its transport, timers and whatever awaits them never settle, and what
   * its leftover code still attempts is recorded in `staleEffects`. The broker finds out by the session time-out.
   */
  kill(): void;
  readonly staleEffects: readonly string[];
}

export interface UntilOptions {
  /** Milliseconds of the venue's own time; then the promise rejects with STAGE_STUCK. */
  readonly withinMs: number;
  /** What was waited for, for the error. */
  readonly describe: () => string;
}

export interface Venue {
  readonly name: 'memory' | 'kafka';
  /** The broker's version on real Kafka, for reports. */
  readonly brokerVersion: string;
  /** Time of this venue: virtual or real. */
  readonly clock: Clock;
  /** What `inject` can do here. */
  readonly faultKinds: readonly FaultKind[];
  /** Shortest session time-out that the brokers accept; on Kafka a lowered one, so that evictions are quick. */
  readonly minSessionTimeoutMs: number;
  readonly admin: TransportAdmin;
  openMember(name: string): VenueMember;
  /** By a client of the venue's own; resolves with the offset of the first. */
  produce(topic: string, partition: number, records: readonly ProduceRecord[]): Promise<number>;
  /** Every record of the topic from log start to log end, read by an independent client: a witness, no member. */
  readRecords(topic: string): Promise<readonly KafkaRecord[]>;
  /** Throws UNSUPPORTED where the kind is not in `faultKinds`. */
  inject(fault: Fault): void;
  /** Forgets the faults that were injected and have not fired (or not as often as they should): the calm phase begins. */
  disarm(): void;
  /** Faults that fired, by kind. */
  readonly fired: ReadonlyMap<FaultKind, number>;
  /** Of everything that happened, by content. Only in virtual time: real time never does the same thing twice. */
  traceHash?(): string;
  /** Nothing is scheduled that could change anything: whoever still waits, waits for ever. Only in virtual time. */
  isDeadlocked?(): boolean;
  /** The last events, oldest first. Only in virtual time. */
  trace?(): readonly TraceEntry[];
  /** Told of what happens by itself through faults: the checker must know. Null on a venue that has nothing to tell. */
  onHappening?: ((happening: Happening) => void) | null;
  /** Lets the venue run until the condition holds. Virtual time jumps from event to event; real time passes. */
  until(condition: () => boolean | Promise<boolean>, options: UntilOptions): Promise<void>;
  /** Lets exactly this much of the venue's time pass. */
  advance(durationMs: number): Promise<void>;
  /** Stops everything that is left. Idempotent. */
  close(): Promise<void>;
}
