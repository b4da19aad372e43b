import { describe, expect, test } from 'vitest';
import { consume } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { Handler } from '../../src/handler.ts';
import { rehearse } from '../../testing/stage.ts';

/** Fails for `bad` as long as it is, halts after two attempts, and has dead letters. */
function strictHandler(state: { isBad: boolean }, done: number[]): Handler {
  return defineHandler({
    topic: 'orders',
    ordering: 'unordered',
    deadLetter: { topic: 'orders.dead' },
    retry: { maxAttempts: 2, onExhausted: 'halt' },
    handle(value, { record }) {
      if (state.isBad && new TextDecoder().decode(value ?? undefined) === 'bad') throw new Error('no luck');
      done.push(record.offset);
      return consume();
    },
  });
}

describe('a lane that is halted', () => {
  test('ends the wait for idle with its cause, and goes on by another try', async () => {
    const state = { isBad: true };
    const done: number[] = [];
    await using stage = await rehearse({ handlers: [strictHandler(state, done)] });
    await stage.produce('orders', [{ value: 'bad' }, { value: 'good' }]);
    const stuck = await stage.idle().then(
      () => null,
      (error: Error) => error,
    );
    expect(stuck?.message).toMatch(/^orders\/0\/0 is halted, so not every record will be done: .*failed 2 times.* by hand\. Open:\n/);
    // What the handler did, and not only that it did it twice.
    expect(stuck?.message).toContain('orders/0/0, key null, value "bad": failed (Error: no luck) ×2');
    expect(stuck?.cause).toMatchObject({ code: 'RECORD_EXHAUSTED', cause: { message: 'no luck' } });
    expect(stage.health()?.consumer?.partitions).toMatchObject([{ haltedLanes: [{ offset: 0, error: { code: 'RECORD_EXHAUSTED' } }] }]);
    state.isBad = false;
    expect(stage.retryHalted({ topic: 'orders', partition: 0, offset: 0 })).toBe(1);
    await stage.idle();
    expect(done).toEqual([1, 0]);
    expect(stage.retryHalted({ topic: 'orders', partition: 0 })).toBe(0);
  });

  test('goes on when its record is sent to the dead letters', async () => {
    await using stage = await rehearse({ handlers: [strictHandler({ isBad: true }, [])] });
    await stage.produce('orders', [{ value: 'bad' }, { value: 'good' }]);
    await stage.advance(60_000);
    expect(await stage.deadLetterHalted({ topic: 'orders', partition: 0, offset: 0 })).toBe(true);
    await stage.idle();
    expect(stage.deadLetters('orders')).toMatchObject([{ letter: { reason: 'sent-by-hand' } }]);
    expect(stage.committedOffset('orders', 0)).toBe(2);
    expect(await stage.deadLetterHalted({ topic: 'orders', partition: 0, offset: 0 })).toBe(false);
  });

  test('is forgotten with its partition: a restart tries the record again', async () => {
    const state = { isBad: true };
    await using stage = await rehearse({ handlers: [strictHandler(state, [])] });
    await stage.produce('orders', [{ value: 'bad' }]);
    await stage.advance(60_000);
    state.isBad = false;
    await stage.crash();
    expect(() => stage.retryHalted({ topic: 'orders', partition: 0 })).toThrow('does not run');
    await stage.restart();
    await stage.idle();
    expect(stage.committedOffset('orders', 0)).toBe(1);
  });
});
