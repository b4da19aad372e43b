import { describe, expect, it } from 'vitest';
import { contentHash } from '../../testing/simulation/content-hash.ts';

describe('contentHash', () => {
  it('goes by content, not by identity', () => {
    const record = (): object => ({ key: new Uint8Array([1, 2]), headers: [['a', null]], at: 1_767_225_600_123, note: undefined });
    expect(contentHash(record())).toBe(contentHash(record()));
    expect(contentHash({ a: 1 })).toBe(contentHash({ a: 1, b: undefined, c: () => 1 }));
  });

  it('tells apart what differs', () => {
    const values: unknown[] = [
      null,
      0,
      false,
      '',
      [],
      {},
      [0],
      [[0]],
      '0',
      -1,
      2 ** 31,
      2 ** 32,
      2 ** 40 + 1,
      0.5,
      Number.NaN,
      new Uint8Array(0),
      new Uint8Array(1),
    ];
    expect(new Set(values.map((value) => contentHash(value))).size).toBe(values.length);
    expect(contentHash('ab', 'c')).not.toBe(contentHash('a', 'bc'));
  });

  it('is the same on every machine and Node version', () => {
    expect(contentHash('rehearsal', 1_767_225_600_000, [0.1, null, { topic: 'orders' }])).toBe('ed4e9e15f59e9740');
  });

  it('refuses a value that holds itself', () => {
    const value: { self?: unknown } = {};
    value.self = value;
    expect(() => contentHash(value)).toThrow('holds itself');
  });
});
