import { expect, test } from 'vitest';
import type { CallOutcome } from '../../testing/checker/history.ts';
import { failureText } from '../../testing/report/failure-text.ts';
import { renderPage } from '../../testing/report/html/page.ts';
import { laneTrace } from '../../testing/report/lane-trace.ts';
import { renderMarkdown } from '../../testing/report/markdown.ts';
import type { PlayedPlan } from '../../testing/report/model/played-plan.ts';
import { tellStory } from '../../testing/report/model/story.ts';
import { plainPalette } from '../../testing/report/palette.ts';
import { renderFailure } from '../../testing/report/terminal.ts';
import { plainText } from '../../testing/vitest/plain-text.ts';
import { commitPastFailure, storyOf } from './played-plans.ts';

/** A record that gets these answers, ten seconds apart, until the time is up. */
function standstill(outcomes: readonly CallOutcome[]): PlayedPlan {
  const place = { topic: 'orders', partition: 0 };
  const calls = outcomes.flatMap((outcome, index) => {
    const about = { at: 545 + index * 10_000, member: 'a#1', call: index, ...place, offset: 0, attempt: index + 1 };
    return [
      { ...about, kind: 'call-started' as const },
      { ...about, kind: 'call-ended' as const, outcome, reason: outcome === 'failed' ? 'Error: seven' : 'busy' },
    ];
  });
  const events: PlayedPlan['history']['events'] = [
    { at: 0, kind: 'produced', ...place, offset: 0, key: null, tombstone: false },
    { at: 502, kind: 'calm' },
    { at: 502, kind: 'member-started', member: 'a#1' },
    {
      at: 539,
      kind: 'client-assigned',
      member: 'a#1',
      ...place,
      epoch: 1,
      generation: 1,
      committedOffset: null,
      logStartOffset: 0,
      logEndOffset: 1,
    },
    ...calls,
    { at: 602_502, kind: 'ended', drained: false, note: null },
  ];
  return {
    plan: commitPastFailure.plan,
    history: { ...commitPastFailure.history, events },
    violation: {
      invariant: 'stuck',
      message: 'orders-0: record 0 was still not done when the time was up.',
      ...place,
      offsets: [0],
      members: ['a#1'],
      at: 602_502,
      event: events.length - 1,
    },
  };
}

const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

/** Everything that tells a failure to a person, by where it is read. */
function tellings(played: PlayedPlan): Readonly<Record<string, string>> {
  const story = storyOf({ steady: played });
  const [report] = story.report.scenarios;
  if (report?.failure === undefined) throw new Error('no failure');
  const { failure } = report;
  const terminal = renderFailure(report, failure, played, null, plainPalette).join(' ');
  return {
    terminal: terminal.replaceAll(/\s+/g, ' '),
    vitest: plainText({ report, failure, played, seed: 1, source: null, savedAt: null, page: 'page.html' }),
    junit: failureText(failure, played).join('\n'),
    markdown: renderMarkdown(story),
    page: renderPage(story),
  };
}

test('a handler that fails for ever is named as the likely cause, wherever the failure is told', () => {
  for (const [where, text] of Object.entries(tellings(standstill(times(54, 'failed'))))) {
    expect(text, where).toMatch(/The handler fails on record 0, the last 54 times in a row/);
    expect(text, where).not.toMatch(/timer is gone/);
  }
});

test('so is one that skips for ever', () => {
  const { terminal } = tellings(standstill(['failed', ...times(9, 'skip' as const)]));
  expect(terminal).toContain('The handler skips record 0, the last 9 times in a row');
});

test('a handler that failed twice, or answered Consume in the end, is not: then it is the runtime', () => {
  for (const outcomes of [times(2, 'failed' as const), [...times(9, 'failed' as const), 'consume' as const], []]) {
    const told = tellings(standstill(outcomes));
    expect(told['terminal']).not.toContain('The handler');
    expect(told['page']).toContain('timer is gone');
  }
});

/** The user's own promise broke after these effects for record 0. */
function afterEffects(names: readonly string[], invariant: string): PlayedPlan {
  const { plan, history, violation } = commitPastFailure;
  const about = { at: 551, kind: 'effect', member: 'a#1', topic: 'orders', partition: 0, offset: 0 } as const;
  const events = history.events.toSpliced(9, 0, ...names.map((name) => ({ ...about, name })));
  return { plan, history: { ...history, events }, violation: { ...violation, invariant, event: violation.event + names.length } };
}

test('an effect that was done twice for a record is named, wherever a promise about the world broke', () => {
  for (const invariant of ['charged once', 'same-as-calm'])
    for (const [where, text] of Object.entries(tellings(afterEffects(['charge', 'mail', 'charge'], invariant)))) {
      const words = text.replaceAll('\\', ''); // of Markdown
      expect(words, where).toContain('The handler did “charge” for record 0 of orders-0 twice, for the record was delivered again');
      expect(words, where).toContain('Keep context.id with what the effect writes');
    }
  expect(tellings(afterEffects(['mail', 'mail', 'mail'], 'charged once'))['terminal']).toContain('of orders-0 3 times');
  for (const played of [afterEffects(['charge', 'mail'], 'charged once'), afterEffects(['charge', 'charge'], 'commit-past-open')])
    expect(tellings(played)['page']).not.toContain('The handler did');
});

test('what repeats itself is told by its first and its last time', () => {
  const played = standstill(times(54, 'failed'));
  const told = tellStory(played).map(({ sentence }) => sentence);
  expect(told.filter((sentence) => sentence.includes('failed'))).toEqual([
    'a#1 gave record 0 to the handler, which failed (“Error: seven”): not done, deliver it again.',
    'a#1 gave record 0 to the handler, which failed (“Error: seven”): not done, deliver it again. That was the 54th time in a row.',
  ]);
  const lanes = laneTrace(played.history, played.violation);
  expect(lanes.filter((line) => line.includes('failed')).map((line) => line.trim().split(/ {3,}/).at(-1))).toEqual([
    'record 0: failed',
    'record 0: failed (for the 54th time)',
  ]);
});

test('times of minutes stand below each other', () => {
  const played = standstill(times(54, 'failed'));
  const columns = laneTrace(played.history, played.violation).map((line) =>
    line.search(/scenario|orders-0 record|the plan|a#1 starts|the run|▲/),
  );
  expect(new Set(columns.filter((at) => at >= 0))).toEqual(new Set(['10 min 02.502 s'.length + 2]));
  expect(renderPage(storyOf({ steady: played }))).toContain('class="story story-long"');
  expect(renderPage(storyOf({ steady: commitPastFailure }))).not.toContain('class="story story-long"');
});
