import { expect, it } from 'vitest';
import { renderJunit } from '../../testing/report/junit.ts';
import { commitPastFailure, storyOf } from './played-plans.ts';

const EVIL = ']]><failure>&amp;"\'\u0000\u001b[31m\ud800\nx';

it('has a test case for each scenario, and says what broke', () => {
  const xml = renderJunit(storyOf({ 'zoo-1': commitPastFailure }));
  expect(xml.match(/<testcase /g)).toHaveLength(3);
  expect(xml).toContain('tests="3" failures="1" errors="0" skipped="1" time="1.234"');
  expect(xml).toContain('<failure type="commit-past-open" message="A commit passed a record that was not done: orders-0: offset 2');
  expect(xml).toContain('558 ms  a#1 committed offset 2 (sent at 551 ms), and Kafka stored it.');
  expect(xml).toContain('Again: npx kafka-rehearsal run --seed 42 --filter zoo-1 --runs 400');
});

it('is XML whatever stands in names and messages', () => {
  const xml = renderJunit(storyOf({ [EVIL]: commitPastFailure }, { message: EVIL, replayCommand: EVIL }));
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\ud800-\udfff]/);
  const tags = xml.match(/<\/?[a-z]+|<\?xml/g) ?? [];
  expect(tags.filter((tag) => tag === '<failure')).toHaveLength(1);
  expect(opensAndCloses(xml)).toBe(true);
});

it('counts a run that could not be made as an error', () => {
  const xml = renderJunit(storyOf({ 'zoo-1': commitPastFailure }, { invariant: 'run-failed', message: 'no broker' }));
  expect(xml).toContain('failures="0" errors="1"');
  expect(xml).toContain('<error type="run-failed"');
});

/** Every element that opens closes, in order, and nothing else looks like one. */
function opensAndCloses(xml: string): boolean {
  const open: string[] = [];
  for (const [, close, name, rest] of xml.replace(/<\?xml[^>]*\?>/, '').matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return false;
    } else if (rest?.endsWith('/') !== true) open.push(name ?? '');
  }
  return open.length === 0 && !/<(?![a-z/?])/.test(xml);
}
