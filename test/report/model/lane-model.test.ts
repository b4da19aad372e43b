import { describe, expect, it } from 'vitest';
import { buildLaneModel } from '../../../testing/report/model/build-lane-model.ts';
import { laneKey, memberName } from '../../../testing/report/model/mark.ts';
import { bigPlay, commitPastFailure, staleBatch } from '../played-plans.ts';

describe('lanes of a played plan', () => {
  const model = buildLaneModel(commitPastFailure);

  it('are one for each member, partition and member at a partition', () => {
    expect(model.lanes.map(laneKey)).toEqual(['member a', 'log orders 0', 'work orders 0 a', 'scenario']);
  });

  it('join a call and its answer, a commit and its answer, into one mark', () => {
    const calls = model.marks.flatMap(({ what }) => (what.kind === 'call' ? [[what.offset, what.attempt, what.outcome]] : []));
    expect(calls).toEqual([
      [0, 1, 'failed'],
      [1, 1, 'consume'],
      [0, 2, 'consume'],
    ]);
    const commit = model.marks.find(({ what }) => what.kind === 'commit');
    expect(commit).toMatchObject({ at: 551, until: 558, violates: true, what: { offset: 2, outcome: 'acknowledged' } });
  });

  it('mark one violation, and the time in which a restart would have lost records', () => {
    expect(model.marks.filter((mark) => mark.violates)).toHaveLength(1);
    expect(model.danger).toEqual({ fromEvent: 12, untilEvent: 15 });
  });

  it('know the committed offset and the safe limit as steps', () => {
    const [line] = model.lines;
    expect(line?.committed.at(-1)).toEqual({ event: 12, offset: 2 });
    expect(line?.safe).toEqual([
      { event: 0, offset: 0 },
      { event: 15, offset: 2 },
    ]);
    expect(line?.logEnd.at(-1)).toEqual({ event: 1, offset: 2 });
  });

  it('know when a member lived and held the partition', () => {
    expect(model.spans.get('member a')).toEqual([{ from: 3, to: 19, member: 'a#1' }]);
    expect(model.spans.get('work orders 0 a')).toEqual([{ from: 4, to: 18, member: 'a#1' }]);
  });

  it('tell an answer that came too late from one that counts', () => {
    const late = buildLaneModel(staleBatch).marks.find(({ what }) => what.kind === 'call' && what.offset === 0);
    expect(late).toMatchObject({ what: { isLate: true } });
    expect(late?.sentence).toContain('too late');
    expect(model.marks.some(({ what }) => what.kind === 'call' && what.isLate)).toBe(false);
  });

  it('put all lives of a member into one lane', () => {
    expect(memberName('orders-1#12')).toBe('orders-1');
    expect(memberName('plain')).toBe('plain');
  });
});

it('draws the log above whoever held its partition, also where nothing was written to it', () => {
  const { history, violation } = commitPastFailure;
  const assigned = history.events.find((event) => event.kind === 'client-assigned');
  if (assigned?.kind !== 'client-assigned') throw new Error('nothing is assigned');
  const events = history.events.toSpliced(5, 0, { ...assigned, partition: 1 });
  const { lanes, omitted } = buildLaneModel({ ...commitPastFailure, history: { ...history, events }, violation });
  expect(lanes.map(laneKey)).toEqual(['member a', 'log orders 0', 'work orders 0 a', 'log orders 1', 'work orders 1 a', 'scenario']);
  expect(omitted.lanes).toBe(0);
});

describe('lanes of a big history', () => {
  const model = buildLaneModel(bigPlay(20_000));

  it('are bounded, around the violation, and say what is left out', () => {
    expect(model.marks.length).toBe(400);
    expect(model.marks.at(-1)?.violates).toBe(true);
    expect(model.lanes.length).toBeLessThanOrEqual(24);
    expect(model.omitted.marks).toBeGreaterThan(50_000);
    expect(model.lanes.slice(0, 2).map(laneKey)).toEqual(['log events 3', 'work events 3 m3']);
  });
});

it('joins what the subject writes and its answer into one mark, on the partition that it goes to', () => {
  const about = { produce: 1, member: 'a#1', topic: 'orders.dead', partition: 2, messages: ['m1', 'm2'] };
  const { history } = commitPastFailure;
  const events = history.events.toSpliced(
    9,
    0,
    { at: 551, kind: 'client-produce-sent', ...about },
    { at: 555, kind: 'client-produce-settled', ...about, outcome: 'refused', baseOffset: null },
  );
  const { marks } = buildLaneModel({
    ...commitPastFailure,
    history: { ...history, events },
    violation: { ...commitPastFailure.violation, event: 14 },
  });
  const sends = marks.filter(({ what }) => what.kind === 'send');
  expect(sends).toMatchObject([
    {
      at: 551,
      until: 555,
      lane: { topic: 'orders.dead', partition: 2, member: 'a' },
      sentence: 'a#1 wrote 2 messages to orders.dead-2; Kafka refused them.',
    },
  ]);
});
