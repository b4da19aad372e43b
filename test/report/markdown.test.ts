import { expect, it } from 'vitest';
import { renderMarkdown } from '../../testing/report/markdown.ts';
import { commitPastFailure, storyOf } from './played-plans.ts';

it('says what broke, how it came to that, and how to see it again', () => {
  const markdown = renderMarkdown(storyOf({ 'zoo-1': commitPastFailure }));
  expect(markdown).toContain('❌ 1 of 2 scenarios failed');
  expect(markdown).toContain('### zoo\\-1: A commit passed a record that was not done');
  expect(markdown).toContain('>    558 ms  a#1 committed offset 2 (sent at 551 ms), and Kafka stored it.');
  expect(markdown).toContain('```sh\nnpx kafka-rehearsal run --seed 42 --filter zoo-1 --runs 400\n```');
  expect(markdown).toContain('| steady | one member, nothing goes wrong but the handler | ✅ held | 400 |');
});

it('says so when everything held', () => {
  expect(renderMarkdown(storyOf({}))).toMatch(/^## kafka-rehearsal: ✅ Everything held\n/);
});

it('lets no name or message out of its place', () => {
  const evil = '</details> | ```\n# Title <img src=x> [link](https://example.org) @everyone `code` \u001b[31m';
  const markdown = renderMarkdown(storyOf({ [evil]: commitPastFailure }, { message: evil, replayCommand: evil }));
  const outside = markdown.replace(/(`{3,})[a-z]+\n[\s\S]*?\n\1(?=\n)/g, '');
  expect(outside).not.toMatch(/<img|<\/details> |\]\(https|@everyone|https:\/\//);
  expect(outside).not.toMatch(/^# Title/m);
  expect(markdown).not.toMatch(/\u001b/);
  const rows = outside.split('\n').filter((line) => line.startsWith('| ') && line.includes('❌'));
  expect(rows).toHaveLength(1);
  expect(rows[0]?.replaceAll('\\|', '').split('|')).toHaveLength(13);
  expect(markdown).toContain('````sh');
});
