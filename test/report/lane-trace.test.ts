import { expect, it } from 'vitest';
import { laneTrace } from '../../testing/report/lane-trace.ts';
import { textWidth } from '../../testing/report/text-width.ts';
import { bigPlay, commitPastFailure, staleBatch } from './played-plans.ts';

it('has the time first, a column for a member on a partition, and the violation at the end', () => {
  const lines = laneTrace(commitPastFailure.history, commitPastFailure.violation);
  expect(lines).toEqual([
    '      time  scenario                                     a on orders-0',
    '      0 ms  orders-0 record 0 written                    ·',
    '      2 ms  orders-0 record 1 written                    ·',
    '    504 ms  the plan is over                             ·',
    '            a#1 starts                                   ·',
    '    546 ms                                               gets orders-0',
    '    551 ms                                               takes batch 0 to 1',
    '                                                         record 0: failed',
    '                                                         record 1: Consume',
    '                                                         commits 2',
    '    558 ms                                               commit 2 stored',
    '    558 ms  ▲ commit-past-open',
  ]);
});

it('tells a call that began from one that has ended', () => {
  const text = laneTrace(staleBatch.history, staleBatch.violation).join('\n');
  expect(text).toContain('record 0 handed over');
  expect(text).not.toContain('record 0: Consume');
});

it('fits 100 columns and a screen, with however many members and partitions', () => {
  const play = bigPlay(5_000);
  const lines = laneTrace(play.history, play.violation);
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(100);
  expect(lines.length).toBeLessThan(90);
  expect(lines[0]).toContain('m3 on events-3');
  expect(lines.some((line) => /more left out here/.test(line))).toBe(true);
});

it('fits 100 columns with wide letters, and shows no control character', () => {
  const topic = '注文🚀\u001b[2J'.repeat(4);
  const events = commitPastFailure.history.events.map((event) => ('topic' in event ? { ...event, topic } : event));
  const lines = laneTrace({ ...commitPastFailure.history, events, logs: [] }, { ...commitPastFailure.violation, topic });
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(100);
  expect(lines.join('\n')).not.toContain('\u001b');
});
