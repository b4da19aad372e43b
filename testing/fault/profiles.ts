/** Kinds of trouble that go together, by name. */
import type { FaultKind } from '../fault.ts';
import { FAULT_KINDS, FAULTS } from './catalogue.ts';

export const FAULT_PROFILE_NAMES = ['calm', 'rebalances', 'flaky-network', 'broker-trouble', 'everything'] as const;
export type FaultProfileName = (typeof FAULT_PROFILE_NAMES)[number];

export interface FaultProfile {
  readonly name: FaultProfileName;
  /** In plain words: the rest of a sentence that begins with the name. */
  readonly tries: string;
  readonly faults: readonly FaultKind[];
  /** Members that join and leave at any time, besides the first. */
  readonly otherMembers: readonly string[];
  /** Members die and come back. */
  readonly crashes: boolean;
}

const HANDLERS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => FAULTS[kind].seat === 'handler');
const NETWORK: readonly FaultKind[] = FAULT_KINDS.filter((kind) => FAULTS[kind].seat === 'network' || FAULTS[kind].seat === 'request');
const CLUSTER: readonly FaultKind[] = FAULT_KINDS.filter((kind) => FAULTS[kind].seat === 'cluster');

export const FAULT_PROFILES: Readonly<Record<FaultProfileName, FaultProfile>> = {
  calm: {
    name: 'calm',
    tries: 'one member, nothing goes wrong but the handler',
    faults: [],
    otherMembers: [],
    crashes: false,
  },
  rebalances: {
    name: 'rebalances',
    tries: 'members join, leave, stand still and are evicted at any moment',
    faults: [
      'rebalance',
      'heartbeat-request-lost',
      'coordinator-moved',
      'coordinator-loading',
      'member-paused',
      'partitions-added',
      'stale-batch',
      ...HANDLERS,
    ],
    otherMembers: ['b', 'c'],
    crashes: false,
  },
  'flaky-network': {
    name: 'flaky-network',
    tries: 'requests and answers are lost, late, refused, overtaken or doubled, and connections break',
    faults: NETWORK,
    otherMembers: ['b'],
    crashes: false,
  },
  'broker-trouble': {
    name: 'broker-trouble',
    tries: 'brokers restart, leaders and coordinators move, replicas lag, disks fail, retention overtakes',
    faults: [...CLUSTER, 'commit-refused', 'produce-refused'],
    otherMembers: ['b'],
    crashes: false,
  },
  everything: {
    name: 'everything',
    tries: 'all of it at once, and processes that die between any two events',
    faults: FAULT_KINDS,
    otherMembers: ['b', 'c'],
    crashes: true,
  },
};
