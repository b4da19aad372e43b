import type { TransportAdmin } from '../../src/admin.ts';
import type { ProduceRecord, Transport, TransportConsumerOptions } from '../../src/transport.ts';
import type { FaultKind } from '../fault.ts';
import type { Venue } from '../venue.ts';
import type { Probe, ProbeHooks } from './probe.ts';

/** One promise of the transport contract, as a program that throws when it is not kept. */
export interface ConformanceCase {
  /** Says the promise. Unique. */
  readonly name: string;
  /** What the transport must be capable of for the case to mean anything. */
  readonly requires?: 'commitMetadata' | 'exactHeaders' | 'rebalanceGrace' | 'staticMembership';
  /** What the venue must be able to inject. */
  readonly faults?: readonly FaultKind[];
  readonly run: (context: ConformanceContext) => Promise<void>;
}

/** A transport of a member's own process, and how to end that. */
export interface OpenedMember {
  readonly transport: Transport;
  kill(): void;
}

/** What a case works with. Cases never sleep: they wait for conditions in the venue's time. */
export interface ConformanceContext {
  readonly venue: Venue;
  readonly groupId: string;
  /** Of consumers, in ms; quick, within what the venue's brokers accept. */
  readonly sessionTimeoutMs: number;
  /** The admin of a transport under test. Its calls take the venue's time: use `settle`. */
  readonly admin: TransportAdmin;
  /** A connected transport under test. */
  open(member: string): Promise<OpenedMember>;
  /** A new topic; made by the venue, not by the transport under test. */
  topic(options?: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> }): Promise<string>;
  /** A name of this case's own for a topic that does not exist. */
  topicName(): string;
  /** A probe on a member's transport, not started. */
  probe(member: OpenedMember, topics: readonly string[], hooks?: ProbeHooks, options?: Partial<TransportConsumerOptions>): Probe;
  /** A started probe on a transport of its own. */
  join(member: string, topics: readonly string[], hooks?: ProbeHooks, options?: Partial<TransportConsumerOptions>): Promise<Probe>;
  /** Writes records one batch at a time through the venue; resolves with the first offset. */
  produce(topic: string, partition: number, records: readonly (string | Partial<ProduceRecord>)[]): Promise<number>;
  /** Lets the venue run until the promise settles. */
  settle<Result>(promise: Promise<Result>, what: string): Promise<Result>;
  /** Lets the venue run until the condition holds. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** The settled error's code; fails when there is none. */
  rejection(promise: Promise<unknown>, what: string): Promise<string>;
}
