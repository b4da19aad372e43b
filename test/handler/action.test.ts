import { describe, expect, it } from 'vitest';
import { ACTION, consume, isAction, reject, skip } from '../../src/action.ts';

const invalid = (message: string | RegExp): unknown =>
  expect.objectContaining({ code: 'HANDLER_INVALID', message: expect.stringMatching(message) });

describe('actions', () => {
  it('say what they are', () => {
    expect(consume()).toEqual({ [ACTION]: true, type: 'consume' });
    expect(skip()).toEqual({ [ACTION]: true, type: 'skip', reason: undefined, retryAfterMs: undefined });
    expect(skip('store busy', { retryAfterMs: 500 })).toMatchObject({ type: 'skip', reason: 'store busy', retryAfterMs: 500 });
    const cause = new Error('why');
    expect(reject('too-old', cause)).toMatchObject({ type: 'reject', reason: 'too-old', cause });
  });

  it('cost nothing where they say nothing', () => {
    expect(consume()).toBe(consume());
    expect(skip()).toBe(skip());
  });

  it('are known by their brand, also from another copy of the package', () => {
    for (const action of [consume(), skip(), reject('x'), { [Symbol.for('kafka-rehearsal.action')]: true, type: 'consume' }])
      expect(isAction(action)).toBe(true);
    for (const other of [undefined, null, 'consume', { type: 'consume' }, Promise.resolve(consume())]) expect(isAction(other)).toBe(false);
  });

  it.each(['too-old', 'a', '0-9', 'x'.repeat(64)])('reject takes the label %s', (reason) => expect(reject(reason).reason).toBe(reason));
  it.each(['', 'Too old', 'user 7 not found', 'ä', 'x'.repeat(65), 'a\n', 7, undefined])('reject refuses %j as a label', (reason) => {
    expect(() => reject(reason as string)).toThrow(invalid(/reject\(reason\): reason is .*expected a fixed label of 1 to 64 characters/));
  });

  it.each([-1, 1.5, Number.NaN, 86_400_001, '5'])('skip refuses retryAfterMs %j', (retryAfterMs) => {
    expect(() => skip('later', { retryAfterMs: retryAfterMs as number })).toThrow(
      invalid(/retryAfterMs is .*expected milliseconds, an integer from 0 to 86400000/),
    );
  });

  it.each([
    [{ retryAfter: 5 }, 'retryAfter is unknown'],
    [5_000, 'got 5000'],
    [null, 'got null'],
  ])('skip refuses the options %j', (options, message) => {
    expect(() => skip('later', options as never)).toThrow(
      invalid(`skip(reason, options): ${message}, expected { retryAfterMs }`.replaceAll(/[()]/g, String.raw`\$&`)),
    );
  });

  it('skip refuses a reason that is no string', () => expect(() => skip({} as string)).toThrow(invalid(/reason is object/)));
});
