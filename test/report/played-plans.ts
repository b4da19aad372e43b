/** Played plans as the witnesses wrote them down once, so that the reports' tests depend on no simulation. */
import type { HistoryEvent, HistorySettings } from '../../testing/checker/history.ts';
import type { Violation } from '../../testing/checker/violation.ts';
import type { CampaignReport, FailureName, FailureReport } from '../../testing/report/campaign-report.ts';
import { noCounts } from '../../testing/report/counts.ts';
import type { CampaignStory, PlayedPlan } from '../../testing/report/model/played-plan.ts';
import { PLAN_VERSION, type Plan, type PlanOp } from '../../testing/scenario/plan.ts';

const SETTINGS: HistorySettings = { ordering: 'unordered', offsetReset: 'earliest', commitLagMs: 10_000, observes: false };
const ORDERS = { topic: 'orders', partition: 0 } as const;

export function planOf(scenario: string, ops: readonly PlanOp[], faults: Plan['faults'] = []): Plan {
  return {
    version: PLAN_VERSION,
    scenario,
    config: { seed: 42, brokers: 2, topics: [{ name: 'orders', partitions: 1 }], offsetReset: 'earliest', sessionTimeoutMs: 6_000 },
    ops,
    faults,
    choices: [],
  };
}

/** A call that is answered at once, or later. */
function call(
  id: number,
  at: number,
  member: string,
  offset: number,
  outcome: 'consume' | 'skip' | 'reject' | 'failed',
  attempt = 1,
): HistoryEvent[] {
  const about = { call: id, member, ...ORDERS, offset, attempt };
  return [
    { at, kind: 'call-started', ...about },
    { at, kind: 'call-ended', ...about, outcome, reason: outcome === 'failed' ? 'Error: scripted failure' : null },
  ];
}

function assigned(at: number, member: string, epoch: number, logEndOffset: number): HistoryEvent[] {
  const place = { member, ...ORDERS, epoch };
  return [
    { at, kind: 'client-assigned', ...place, generation: epoch, committedOffset: null, logStartOffset: 0, logEndOffset },
    { at, kind: 'client-fetch-from', ...place, offset: 0 },
  ];
}

function commit(id: number, sentAt: number, settledAt: number, member: string, epoch: number, offset: number): HistoryEvent[] {
  const about = { commit: id, member, ...ORDERS, epoch, offset };
  return [
    { at: sentAt, kind: 'client-commit-sent', ...about },
    { at: settledAt, kind: 'client-commit-settled', ...about, outcome: 'acknowledged', code: null },
  ];
}

function batch(at: number, member: string, epoch: number, fetchedFrom: number, nextOffset: number): HistoryEvent {
  return { at, kind: 'client-batch', member, ...ORDERS, epoch, fetchedFrom, nextOffset, records: nextOffset - fetchedFrom, accepted: true };
}

const written = (at: number, offset: number, key: string | null = null): HistoryEvent => ({
  at,
  kind: 'produced',
  ...ORDERS,
  offset,
  key,
  tombstone: false,
});

/** Entry 1 of the bug zoo: a commit past a record that failed; the record is done 43 ms later, from memory. */
export const commitPastFailure: PlayedPlan = {
  plan: planOf('zoo-1', [
    { op: 'produce', ...ORDERS, key: null, value: '', script: { failures: 1 } },
    { op: 'produce', ...ORDERS, key: null, value: '' },
  ]),
  history: {
    settings: SETTINGS,
    events: [
      written(0, 0),
      written(2, 1),
      { at: 504, kind: 'calm' },
      { at: 504, kind: 'member-started', member: 'a#1' },
      ...assigned(546, 'a#1', 1, 2),
      batch(551, 'a#1', 1, 0, 2),
      ...call(1, 551, 'a#1', 0, 'failed'),
      ...call(2, 551, 'a#1', 1, 'consume'),
      ...commit(3, 551, 558, 'a#1', 1, 2),
      { at: 558, kind: 'committed', ...ORDERS, offset: 2, askedAfter: 13 },
      ...call(4, 601, 'a#1', 0, 'consume', 2),
      { at: 2_601, kind: 'ended', drained: true, note: null },
      { at: 2_601, kind: 'member-stopping', member: 'a#1' },
      { at: 2_601, kind: 'client-stopped', member: 'a#1' },
      { at: 2_605, kind: 'member-stopped', member: 'a#1' },
    ],
    logs: [{ ...ORDERS, offsets: [0, 1] }],
  },
  violation: {
    invariant: 'commit-past-open',
    message:
      'orders-0: offset 2 was committed while record 0 (its handler failed) was not done. If the consumer restarts before it is done, that record is lost: the group goes on at offset 2.',
    ...ORDERS,
    offsets: [0],
    members: ['a#1'],
    at: 558,
    event: 12,
  },
};

/** Entry 29: a stale batch of the old assignment is taken after a rebalance; the call of the old assignment answers too late. */
export const staleBatch: PlayedPlan = {
  plan: planOf('zoo-29', [
    { op: 'join', member: 'a' },
    { op: 'produce', ...ORDERS, key: 'k', value: '', script: { slowMs: 1_500 } },
    { op: 'wait', ms: 719 },
    { op: 'join', member: 'c' },
    { op: 'produce', ...ORDERS, key: 'k', value: null },
  ]),
  history: {
    settings: SETTINGS,
    events: [
      { at: 0, kind: 'member-started', member: 'a#1' },
      written(2, 0, 'k'),
      ...assigned(34, 'a#1', 1, 1),
      batch(37, 'a#1', 1, 0, 1),
      { at: 37, kind: 'call-started', call: 1, member: 'a#1', ...ORDERS, offset: 0, attempt: 1 },
      { at: 725, kind: 'member-started', member: 'c#1' },
      { at: 727, kind: 'produced', ...ORDERS, offset: 1, key: 'k', tombstone: true },
      { at: 1_030, kind: 'client-revoking', member: 'a#1', ...ORDERS, epoch: 1 },
      { at: 1_030, kind: 'client-revoked', member: 'a#1', ...ORDERS, epoch: 1 },
      ...assigned(1_054, 'a#1', 2, 2),
      batch(1_054, 'a#1', 2, 1, 2),
      { at: 1_229, kind: 'calm' },
      { at: 1_537, kind: 'call-ended', call: 1, member: 'a#1', ...ORDERS, offset: 0, attempt: 1, outcome: 'consume', reason: null },
      ...call(2, 1_537, 'a#1', 1, 'consume'),
      ...commit(3, 1_537, 1_545, 'a#1', 2, 2),
      { at: 1_545, kind: 'committed', ...ORDERS, offset: 2, askedAfter: 19 },
      { at: 3_545, kind: 'ended', drained: true, note: null },
    ],
    logs: [{ ...ORDERS, offsets: [0, 1] }],
  },
  violation: {
    invariant: 'discontinuity',
    message:
      "orders-0: a#1 stood at offset 0 and accepted a batch that was fetched from offset 1. Of this assignment, record 0 is not done and in nobody's books: the next commit passes it.",
    ...ORDERS,
    offsets: [0],
    members: ['a#1'],
    at: 1_054,
    event: 12,
  },
};

/** Many members, partitions, records, crashes and faults: more than anybody can look at. */
export function bigPlay(records: number): PlayedPlan {
  const events: HistoryEvent[] = [];
  const partitions = 8;
  for (let partition = 0; partition < partitions; partition += 1) {
    const member = `m${partition}#1`;
    events.push({ at: 0, kind: 'member-started', member });
    events.push({
      at: 1,
      kind: 'client-assigned',
      member,
      topic: 'events',
      partition,
      epoch: 1,
      generation: 1,
      committedOffset: null,
      logStartOffset: 0,
      logEndOffset: 0,
    });
  }
  let id = 0;
  for (let index = 0; index < records; index += 1) {
    const place = { topic: 'events', partition: index % partitions };
    const offset = Math.floor(index / partitions);
    const member = `m${place.partition}#1`;
    const at = 10 + index * 7;
    events.push({ at, kind: 'produced', ...place, offset, key: `key-${index}`, tombstone: index % 11 === 0 });
    const about = { call: (id += 1), member, ...place, offset, attempt: 1 };
    events.push({ at: at + 1, kind: 'call-started', ...about });
    events.push({ at: at + 3, kind: 'call-ended', ...about, outcome: index % 5 === 0 ? 'skip' : 'consume', reason: null });
    const commitAbout = { commit: (id += 1), member, ...place, epoch: 1, offset: offset + 1 };
    events.push({ at: at + 3, kind: 'client-commit-sent', ...commitAbout });
    events.push({ at: at + 5, kind: 'client-commit-settled', ...commitAbout, outcome: 'acknowledged', code: null });
  }
  const at = 10 + records * 7;
  const violation: Violation = {
    invariant: 'stuck',
    message: 'events-3: after the faults had stopped, record 0 was still not done when the time was up.',
    topic: 'events',
    partition: 3,
    offsets: [0],
    members: ['m3#1'],
    at,
    event: events.length,
  };
  events.push({ at, kind: 'ended', drained: false, note: null });
  return { plan: planOf('big', []), history: { settings: SETTINGS, events, logs: [] }, violation };
}

/** A campaign in which these failed, and one held. */
export function storyOf(failures: Readonly<Record<string, PlayedPlan>>, failureChanges: Partial<FailureReport> = {}): CampaignStory {
  const counts = { ...noCounts(), records: 12_345, deliveries: 23_456, commits: 99, faults: { 'commit-refused': 3 } };
  const report: CampaignReport = {
    passed: Object.keys(failures).length === 0,
    seed: 42,
    durationMs: 1_234,
    scenarios: [
      ...Object.entries(failures).map(([name, { plan, violation }]) => ({
        name,
        transport: 'memory' as const,
        runs: 7,
        passed: false,
        traceHash: 'abc',
        counts,
        failure: {
          invariant: violation.invariant as FailureName,
          message: violation.message,
          plan,
          replayCommand: `npx kafka-rehearsal run --seed 42 --filter ${name} --runs 400`,
          ...failureChanges,
        },
      })),
      { name: 'steady', transport: 'memory', runs: 400, passed: true, traceHash: 'def', counts },
    ],
    skipped: [{ name: 'later', transport: 'memory', reason: 'interrupted' }],
  };
  return {
    report,
    tries: new Map([
      ['zoo-1', 'one member, skips and failures'],
      ['steady', 'one member, nothing goes wrong but the handler'],
    ]),
    failures: new Map(Object.entries(failures)),
  };
}
