import { describe, expect, it } from 'vitest';
import { buildLaneModel } from '../../../testing/report/model/build-lane-model.ts';
import { marksOfHistory } from '../../../testing/report/model/marks-of-history.ts';
import { partitionSnapshot } from '../../../testing/report/model/partition-snapshot.ts';
import { describePlan, describeSize } from '../../../testing/report/describe-plan.ts';
import { planSteps } from '../../../testing/report/model/plan-steps.ts';
import type { PlayedPlan } from '../../../testing/report/model/played-plan.ts';
import { shownSpan, shownTime } from '../../../testing/report/model/shown-time.ts';
import { stakeOf } from '../../../testing/report/model/stake.ts';
import { tellStory } from '../../../testing/report/model/story.ts';
import { bigPlay, commitPastFailure, planOf, staleBatch } from '../played-plans.ts';

describe('the story', () => {
  it('tells what led to the commit, what it said to Kafka, and that the run was lucky', () => {
    expect(tellStory(commitPastFailure).map(({ at, tone, sentence }) => `${at} ${tone}: ${sentence}`)).toEqual([
      '0 plain: Records 0 and 1 were written to orders-0.',
      '504 plain: Member a#1 started.',
      '546 plain: a#1 was assigned orders-0; the group had no committed offset there yet.',
      '551 trouble: a#1 gave record 0 to the handler, which failed, as the plan told it to: not done, deliver it again.',
      '551 plain: a#1 gave record 1 to the handler, which answered Consume: done.',
      '558 violation: a#1 committed offset 2 (sent at 551 ms), and Kafka stored it. That says: “everything before 2 is done.” But record 0 was not done.',
      '558 risk: For the next 43 ms a restart or crash would have lost record 0 for good, without an error or a trace. This run was lucky: the process lived on, still had it in memory, and handled it at 601 ms.',
      '601 after: a#1 gave record 0 to the handler, which answered Consume: done.',
    ]);
  });

  it('says what is at stake with its condition, not as something that happened', () => {
    expect(stakeOf(commitPastFailure)).toEqual({ value: '1 record', condition: 'if the process restarts within 43 ms (558 ms to 601 ms)' });
    expect(stakeOf(staleBatch)).toEqual({ value: 'Lost records', condition: null });
  });

  it('says so when the record was never handled', () => {
    const events = commitPastFailure.history.events
      .filter((event) => event.kind !== 'call-started' || event.at < 600)
      .filter((event) => event.kind !== 'call-ended' || event.at < 600);
    const played: PlayedPlan = { ...commitPastFailure, history: { ...commitPastFailure.history, events } };
    expect(tellStory(played).at(-1)).toMatchObject({ tone: 'after', sentence: 'Nobody was given record 0 again: lost.' });
    expect(stakeOf(played)).toEqual({ value: '1 record', condition: 'record 0: not done to the end of the run' });
  });

  it('invents no time of risk where the record was done before the commit was answered', () => {
    const { history, violation } = commitPastFailure;
    const about = { call: 4, member: 'a#1', topic: 'orders', partition: 0, offset: 0, attempt: 2 };
    const events = history.events
      .filter((event) => event.at !== 601)
      .toSpliced(
        12,
        0,
        { at: 553, kind: 'call-started', ...about },
        { at: 553, kind: 'call-ended', ...about, outcome: 'consume', reason: null },
      );
    const played: PlayedPlan = { ...commitPastFailure, history: { ...history, events }, violation: { ...violation, event: 14 } };
    const told = tellStory(played);
    expect(told.find(({ tone }) => tone === 'violation')?.sentence).toContain('record 0 was not done when it was sent.');
    expect(told.at(-1)).toMatchObject({ tone: 'risk', sentence: expect.stringContaining('done before the answer to the commit came') });
    expect(stakeOf(played).condition).toContain('here it answered first');
    expect(buildLaneModel(played).danger).toBeNull();
  });

  it('does not know at a moment what happened only later', () => {
    const story = tellStory(staleBatch);
    expect(story.find(({ sentence }) => sentence.includes('gave record 0'))?.sentence).toContain(
      'had not answered yet when the promise broke',
    );
    expect(story.at(-1)?.sentence).toContain('Record 0 had not been done: a restart from here on loses it.');
  });

  it('stays short however long the history is', () => {
    expect(tellStory(bigPlay(2_000)).length).toBeLessThan(14);
  });
});

it('shows the partition as it stood when the promise broke', () => {
  expect(partitionSnapshot(commitPastFailure)).toMatchObject({
    committed: 2,
    logEnd: 2,
    records: [
      { offset: 0, standing: 'failed', isConcerned: true },
      { offset: 1, standing: 'consumed', isConcerned: false },
    ],
  });
  const big = partitionSnapshot(bigPlay(2_000));
  expect(big?.records.length).toBe(16);
  expect(big?.omitted).toEqual({ before: 0, after: 234 });
});

it('says a plan in words, faults where they are set up', () => {
  const plan = planOf(
    'x',
    [
      { op: 'produce', topic: 'orders', partition: 0, key: 'k\u001b', value: null, script: { skips: 2, slowMs: 1_500, verdict: 'reject' } },
      { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x', script: { failures: 1 } },
      { op: 'crash', member: 'a' },
    ],
    [
      { afterOps: 1, fault: { kind: 'commit-refused', code: 'ILLEGAL_GENERATION', member: 'a', times: 3 } },
      { afterOps: 99, fault: { kind: 'fetch-reply-lost' } },
    ],
  );
  expect(planSteps(plan).steps.map(({ words, aside }) => `${words}${aside === null ? '' : ` / ${aside}`}`)).toEqual([
    'Write record 0, a tombstone, to orders-0 with key “k\\u001b” / its handling is skipped twice, takes 1.5 s a call, is rejected in the end',
    'A commit is refused (ILLEGAL_GENERATION, member a, 3 times)',
    'Write record 1 to orders-0 / its handling fails once, then succeeds',
    'Member a crashes',
    'The answer to a fetch is lost',
  ]);
});

it('counts the steps that it lists, and says spans of a fault as spans', () => {
  const plan = {
    ...planOf('x', [{ op: 'join', member: 'a' }], [{ afterOps: 9, fault: { kind: 'disk-full', node: 2, ms: 20 } }]),
    choices: [0, 1],
  };
  expect(describeSize(plan)).toMatch(/^2 steps on /);
  expect(describePlan(plan)).toEqual([' 1. Member a joins', ' 2. Fault: a disk takes nothing (node 2, 20 ms)']);
  const late = (times: number): string | undefined =>
    describePlan({ ...plan, faults: [{ afterOps: 9, fault: { kind: 'handler-late', member: 'a', ms: 9_000, times } }] })[1];
  expect([late(1), late(3)]).toEqual([
    ' 2. Fault: a handler settles after its deadline (member a, 9 s)',
    ' 2. Fault: a handler settles after its deadline (member a, 9 s, 3 times)',
  ]);
});

it('tells when a fault is set up, when it takes effect and when it is over', () => {
  const { history, violation } = commitPastFailure;
  const fault = { kind: 'disk-full', node: 2, ms: 20 } as const;
  const events = history.events.toSpliced(
    6,
    0,
    { at: 546, kind: 'fault', fault },
    { at: 546, kind: 'fault', fault, phase: 'felt' },
    { at: 566, kind: 'fault', fault, phase: 'over' },
  );
  const marks = marksOfHistory({ ...history, events }, violation).filter(({ what }) => what.kind === 'fault');
  expect(marks.map(({ sentence }) => sentence)).toEqual([
    'A fault was set up: a disk takes nothing (node 2, 20 ms).',
    'The fault took effect: a disk takes nothing (node 2, 20 ms).',
    'The fault was over: a disk takes nothing (node 2, 20 ms).',
  ]);
});

it('shows times without rounding, and spans in round figures', () => {
  expect([0, 558.2, 999, 2_601, 187_250].map(shownTime)).toEqual(['0 ms', '558 ms', '999 ms', '2.601 s', '3 min 07.250 s']);
  expect([43, 2_000, 9_940, 45_000, 600_000].map(shownSpan)).toEqual(['43 ms', '2 s', '9.9 s', '45 s', '10 min']);
});

it('says why a group commits before it has handled anything', () => {
  const { history } = commitPastFailure;
  const about = { commit: 9, member: 'a#1', topic: 'orders', partition: 0, epoch: 1, offset: 0 };
  const events = history.events.toSpliced(
    6,
    0,
    { at: 546, kind: 'client-commit-sent', ...about },
    { at: 548, kind: 'client-commit-settled', ...about, outcome: 'acknowledged', code: null },
  );
  const commits = marksOfHistory({ ...history, events }, { ...commitPastFailure.violation, event: 14 }).filter(
    ({ what }) => what.kind === 'commit',
  );
  expect(commits.map(({ sentence }) => sentence)).toEqual([
    'a#1 committed offset 0 of orders-0, its start, before the first delivery: a restart starts there again; Kafka stored it.',
    'a#1 committed offset 2 of orders-0; Kafka stored it.',
  ]);
  // Before anything was handled as well, and no start: that one is the bug.
  const early = events.map((event) => ('commit' in event && event.commit === 9 ? { ...event, offset: 2 } : event));
  const [first] = marksOfHistory({ ...history, events: early }, { ...commitPastFailure.violation, event: 14 }).filter(
    ({ what }) => what.kind === 'commit',
  );
  expect(first?.sentence).toBe('a#1 committed offset 2 of orders-0; Kafka stored it.');
});
