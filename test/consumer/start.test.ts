import { describe, expect, test } from 'vitest';
import { judgeRange, resolveStart } from '../../src/consumer/start.ts';
import type { StartInput } from '../../src/consumer/start.ts';

const input = (given: Partial<StartInput>): StartInput => ({
  groupId: 'billing',
  topic: 'orders',
  partition: 3,
  committedOffset: null,
  logStartOffset: 10,
  logEndOffset: 100,
  reset: 'latest',
  topicReplaced: false,
  firstStartLogEnd: null,
  ...given,
});

describe('with a committed offset', () => {
  test.each(['latest', 'earliest', 'none'] as const)('%s starts there, be it the log start or the log end', (reset) => {
    for (const committedOffset of [10, 50, 100]) {
      expect(resolveStart(input({ reset, committedOffset }))).toMatchObject({
        kind: 'start',
        offset: committedOffset,
        reason: 'committed',
        removed: null,
        warning: null,
      });
    }
  });

  test.each(['latest', 'earliest'] as const)('%s goes on at the log start when it is below, and says what was removed', (reset) => {
    expect(resolveStart(input({ reset, committedOffset: 4 }))).toMatchObject({
      kind: 'start',
      offset: 10,
      reason: 'log-start-passed',
      removed: { from: 4, to: 10 },
    });
  });

  test('none fails when it is below the log start', () => {
    const start = resolveStart(input({ reset: 'none', committedOffset: 4 }));
    expect(start).toMatchObject({ kind: 'fatal', error: { code: 'OFFSET_OUT_OF_RANGE' } });
    expect((start as { error: Error }).error.message).toMatch(/billing.*4.*orders\/3.*10/);
  });

  test.each(['latest', 'earliest', 'none'] as const)('%s halts the partition when it is above the log end: never a jump', (reset) => {
    expect(resolveStart(input({ reset, committedOffset: 101 }))).toMatchObject({ kind: 'halt', error: { code: 'OFFSET_OUT_OF_RANGE' } });
  });

  test('a topic that was made again under our eyes halts', () => {
    expect(resolveStart(input({ committedOffset: 50, topicReplaced: true }))).toMatchObject({
      kind: 'halt',
      error: { code: 'OFFSET_OUT_OF_RANGE' },
    });
    expect(resolveStart(input({ committedOffset: null, topicReplaced: true }))).toMatchObject({ kind: 'start', offset: 10 });
  });
});

describe('without one', () => {
  test('earliest starts at the log start', () => {
    expect(resolveStart(input({ reset: 'earliest', firstStartLogEnd: 80 }))).toMatchObject({
      kind: 'start',
      offset: 10,
      reason: 'earliest',
    });
  });

  test('latest starts where the log ended before the group first joined, not where it ends now', () => {
    expect(resolveStart(input({ firstStartLogEnd: 80 }))).toMatchObject({ kind: 'start', offset: 80, reason: 'latest' });
  });

  test('latest starts a partition that is not of the first start at its log start', () => {
    expect(resolveStart(input({ firstStartLogEnd: null }))).toMatchObject({ kind: 'start', offset: 10, reason: 'partition-added' });
  });

  test('latest does not start below the log start, nor where a log that is no more had ended', () => {
    expect(resolveStart(input({ firstStartLogEnd: 5 }))).toMatchObject({ offset: 10, reason: 'latest' });
    expect(resolveStart(input({ firstStartLogEnd: 101 }))).toMatchObject({ offset: 10, reason: 'partition-added' });
  });

  test('none fails and names topic, partition, group and the way out', () => {
    const start = resolveStart(input({ reset: 'none' }));
    expect(start).toMatchObject({
      kind: 'fatal',
      error: { code: 'NO_COMMITTED_OFFSET', details: { topic: 'orders', partition: 3, groupId: 'billing' } },
    });
    expect((start as { error: Error }).error.message).toMatch(/billing.*orders\/3.*Set the group's first offset/);
  });

  test.each([-1, -2])('%s counts as none, is told, and takes the whole log', (committedOffset) => {
    expect(resolveStart(input({ committedOffset, firstStartLogEnd: 80 }))).toMatchObject({
      kind: 'start',
      offset: 10,
      reason: 'partition-added',
      warning: { code: 'OFFSET_OUT_OF_RANGE' },
    });
    expect(resolveStart(input({ committedOffset, reset: 'earliest' }))).toMatchObject({
      offset: 10,
      reason: 'earliest',
      warning: { code: 'OFFSET_OUT_OF_RANGE' },
    });
    expect(resolveStart(input({ committedOffset, reset: 'none' }))).toMatchObject({
      kind: 'fatal',
      error: { code: 'NO_COMMITTED_OFFSET' },
    });
  });
});

test('a fetch that found nothing although the log has the offset is no verdict', () => {
  expect(judgeRange(input({}), 10)).toBeNull();
  expect(judgeRange(input({}), 100)).toBeNull();
});
