import { describe, expect, it } from 'vitest';
import { parseShard, runOfShard, runsOfShard } from '../../../scenarios/campaign/shard.ts';

describe('shards', () => {
  it.each([
    [1, 1],
    [7, 3],
    [8, 8],
    [3, 8],
    [100, 7],
  ])('of %i runs in %i parts hold every run exactly once', (runs, count) => {
    const played = Array.from({ length: count }, (_, index) => ({ index: index + 1, count })).flatMap((shard) =>
      Array.from({ length: runsOfShard(runs, shard) }, (_, position) => runOfShard(position, shard)),
    );
    expect(played.toSorted((a, b) => a - b)).toEqual(Array.from({ length: runs }, (_, run) => run));
  });

  it('are written as 2/8', () => {
    expect(parseShard('2/8')).toEqual({ index: 2, count: 8 });
  });

  it.each(['', '2', '0/8', '9/8', '2/0', '-1/8', '2/8/3', 'a/b', '1/10001'])('%j is none', (text) => {
    expect(() => parseShard(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
