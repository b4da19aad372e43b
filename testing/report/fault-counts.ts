import { FAULTS, type FaultSeat } from '../fault/catalogue.ts';
import type { FaultKind } from '../fault.ts';
import { plural } from './show-text.ts';

/** What a fault is called where it is counted: one of them, and many. */
const NAMES: Readonly<Record<FaultKind, readonly [one: string, many: string]>> = {
  'commit-refused': ['commit refused', 'commits refused'],
  'commit-request-lost': ['commit lost', 'commits lost'],
  'commit-reply-lost': ['acknowledgement lost', 'acknowledgements lost'],
  'fetch-request-lost': ['fetch lost', 'fetches lost'],
  'fetch-reply-lost': ['fetched batch lost', 'fetched batches lost'],
  'heartbeat-request-lost': ['heartbeat lost', 'heartbeats lost'],
  'produce-refused': ['produce refused', 'produces refused'],
  'produce-reply-lost': ['produce without an answer', 'produces without an answer'],
  'request-lost': ['request lost', 'requests lost'],
  'reply-lost': ['answer lost', 'answers lost'],
  'request-refused': ['request refused', 'requests refused'],
  'request-delayed': ['request late', 'requests late'],
  'reply-delayed': ['answer late', 'answers late'],
  'request-overtaken': ['request overtaken', 'requests overtaken'],
  'connection-cut': ['connection cut', 'connections cut'],
  'fetch-partial': ['fetch cut off', 'fetches cut off'],
  'stale-batch': ['stale batch', 'stale batches'],
  'produce-duplicated': ['produce doubled', 'produces doubled'],
  'broker-restarted': ['broker restarted', 'brokers restarted'],
  'coordinator-moved': ['coordinator moved', 'coordinators moved'],
  'coordinator-loading': ['coordinator loading', 'coordinators loading'],
  'leader-moved': ['leader moved', 'leaders moved'],
  'replica-lagging': ['replica behind', 'replicas behind'],
  'not-enough-replicas': ['time without enough replicas', 'times without enough replicas'],
  'disk-full': ['full disk', 'full disks'],
  'unclean-leader': ['leader without the end of the log', 'leaders without the end of the log'],
  'records-removed': ['time that retention overtook', 'times that retention overtook'],
  'control-record': ['transaction marker', 'transaction markers'],
  rebalance: ['rebalance out of the blue', 'rebalances out of the blue'],
  'topic-recreated': ['topic made again', 'topics made again'],
  'partitions-added': ['time that partitions were added', 'times that partitions were added'],
  'member-crashed': ['crash between two events', 'crashes between two events'],
  'member-paused': ['process that stood still', 'processes that stood still'],
  'clock-jumped': ['jump of the clock', 'jumps of the clock'],
  'handler-slow': ['slow call', 'slow calls'],
  'handler-hung': ['call that hung', 'calls that hung'],
  'handler-throws': ['call that threw', 'calls that threw'],
  'handler-rejects': ['call whose promise rejected', 'calls whose promises rejected'],
  'handler-late': ['call past its deadline', 'calls past their deadline'],
  'poison-record': ['record that cannot be decoded', 'records that cannot be decoded'],
};

const BY_SEAT: readonly { readonly title: string; readonly seats: readonly FaultSeat[] }[] = [
  { title: 'The network', seats: ['request', 'network'] },
  { title: 'The brokers', seats: ['cluster'] },
  { title: 'The processes and handlers, by faults', seats: ['member', 'handler'] },
];

/** The faults that changed something, a sentence for each place that they befell, the most frequent first. */
export function countedFaults(fired: Readonly<Partial<Record<FaultKind, number>>>): readonly string[] {
  const counted = (Object.entries(fired) as [FaultKind, number][])
    .filter(([, count]) => count > 0)
    .sort(([left, leftCount], [right, rightCount]) => rightCount - leftCount || left.localeCompare(right));
  return BY_SEAT.flatMap(({ title, seats }) => {
    const here = counted.filter(([kind]) => seats.includes(FAULTS[kind].seat));
    return here.length === 0 ? [] : [`${title}: ${here.map(([kind, count]) => plural(count, ...NAMES[kind])).join(', ')}`];
  });
}
