/** What each kind of fault is, and on which rungs of the ladder it can be injected. */
import type { ClusterFault, Fault, FaultKind, HandlerFault, MemberFault, NetworkFault, RequestFault } from '../fault.ts';

/** `memory`: the in-memory cluster. `wire`: kafkajs on it. `kafka`: real Kafka. */
export type Rung = 'memory' | 'wire' | 'kafka';

/** Who carries it out: `request` the member's wire on any rung, `network` the simulated one. */
export type FaultSeat = 'request' | 'network' | 'cluster' | 'member' | 'handler';

export interface FaultDescription {
  readonly seat: FaultSeat;
  readonly rungs: readonly Rung[];
  /** For people: what is tried. */
  readonly tries: string;
}

const EVERYWHERE: readonly Rung[] = ['memory', 'wire', 'kafka'];
const SIMULATED: readonly Rung[] = ['memory', 'wire'];
const MEMORY: readonly Rung[] = ['memory'];

export const FAULTS: Readonly<Record<FaultKind, FaultDescription>> = {
  'commit-refused': { seat: 'request', rungs: EVERYWHERE, tries: 'a commit is refused' },
  'commit-request-lost': { seat: 'request', rungs: EVERYWHERE, tries: 'a commit is lost on its way' },
  'commit-reply-lost': { seat: 'request', rungs: EVERYWHERE, tries: 'a commit is stored, and its answer is lost' },
  'fetch-request-lost': { seat: 'request', rungs: EVERYWHERE, tries: 'a fetch is lost on its way' },
  'fetch-reply-lost': { seat: 'request', rungs: EVERYWHERE, tries: 'the answer to a fetch is lost' },
  'heartbeat-request-lost': { seat: 'request', rungs: EVERYWHERE, tries: 'a heartbeat is lost on its way' },
  'produce-refused': { seat: 'request', rungs: EVERYWHERE, tries: 'a produce is refused' },
  'produce-reply-lost': { seat: 'request', rungs: EVERYWHERE, tries: 'records are written, and the acknowledgement is lost' },
  'request-lost': { seat: 'network', rungs: SIMULATED, tries: 'any request is lost on its way' },
  'reply-lost': { seat: 'network', rungs: SIMULATED, tries: 'any request is done, and its answer is lost' },
  'request-refused': { seat: 'network', rungs: SIMULATED, tries: 'any request is refused with an error code that may pass' },
  'request-delayed': { seat: 'network', rungs: SIMULATED, tries: 'a request is late' },
  'reply-delayed': { seat: 'network', rungs: SIMULATED, tries: 'an answer is late' },
  'request-overtaken': { seat: 'network', rungs: SIMULATED, tries: 'requests of two connections arrive in the other order' },
  'connection-cut': { seat: 'network', rungs: SIMULATED, tries: 'a connection breaks, before or after the request was handled' },
  'fetch-partial': { seat: 'network', rungs: SIMULATED, tries: 'a fetch ends inside a batch' },
  'stale-batch': { seat: 'network', rungs: MEMORY, tries: 'a batch of the old assignment arrives as one of the new' },
  'produce-duplicated': { seat: 'network', rungs: SIMULATED, tries: 'a produce arrives twice' },
  'broker-restarted': { seat: 'cluster', rungs: SIMULATED, tries: 'a broker goes down and comes back' },
  'coordinator-moved': { seat: 'cluster', rungs: SIMULATED, tries: 'another broker coordinates the group' },
  'coordinator-loading': { seat: 'cluster', rungs: SIMULATED, tries: 'the coordinator loads its groups' },
  'leader-moved': { seat: 'cluster', rungs: SIMULATED, tries: 'another broker leads a partition' },
  'replica-lagging': { seat: 'cluster', rungs: SIMULATED, tries: 'the high watermark stays behind the log end' },
  'not-enough-replicas': { seat: 'cluster', rungs: SIMULATED, tries: 'replicas are missing' },
  'disk-full': { seat: 'cluster', rungs: SIMULATED, tries: 'a disk takes nothing' },
  'unclean-leader': { seat: 'cluster', rungs: SIMULATED, tries: 'a leader lacks the end of the log' },
  'records-removed': { seat: 'cluster', rungs: SIMULATED, tries: 'retention overtakes the consumer' },
  'control-record': { seat: 'cluster', rungs: SIMULATED, tries: 'an offset has no record: the marker of a transaction' },
  rebalance: { seat: 'cluster', rungs: SIMULATED, tries: 'the group rebalances out of the blue' },
  'topic-recreated': { seat: 'cluster', rungs: SIMULATED, tries: 'a topic is deleted and made again' },
  'partitions-added': { seat: 'cluster', rungs: SIMULATED, tries: 'a topic gets more partitions' },
  'member-crashed': { seat: 'member', rungs: SIMULATED, tries: 'a process dies between any two events' },
  'member-paused': { seat: 'member', rungs: SIMULATED, tries: 'a process stands still, longer than its session perhaps' },
  'clock-jumped': { seat: 'member', rungs: SIMULATED, tries: 'the wall clock jumps' },
  'handler-slow': { seat: 'handler', rungs: EVERYWHERE, tries: 'a handler is slow' },
  'handler-hung': { seat: 'handler', rungs: EVERYWHERE, tries: 'a handler hangs' },
  'handler-throws': { seat: 'handler', rungs: EVERYWHERE, tries: 'a handler throws' },
  'handler-rejects': { seat: 'handler', rungs: EVERYWHERE, tries: "a handler's promise rejects" },
  'handler-late': { seat: 'handler', rungs: EVERYWHERE, tries: 'a handler settles after its deadline' },
  'poison-record': { seat: 'handler', rungs: EVERYWHERE, tries: 'a record cannot be decoded' },
};

export const FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULTS) as FaultKind[];

/** Kinds that can be injected on a rung. */
export function faultKindsOf(rung: Rung): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => FAULTS[kind].rungs.includes(rung));
}

export function isRequestFault(fault: Fault): fault is Extract<Fault, RequestFault> {
  return FAULTS[fault.kind]?.seat === 'request';
}

export function isNetworkFault(fault: Fault): fault is Extract<Fault, NetworkFault> {
  return FAULTS[fault.kind]?.seat === 'network';
}

export function isClusterFault(fault: Fault): fault is Extract<Fault, ClusterFault> {
  return FAULTS[fault.kind]?.seat === 'cluster';
}

export function isMemberFault(fault: Fault): fault is Extract<Fault, MemberFault> {
  return FAULTS[fault.kind]?.seat === 'member';
}

export function isHandlerFault(fault: Fault): fault is Extract<Fault, HandlerFault> {
  return FAULTS[fault.kind]?.seat === 'handler';
}
