import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { consume, reject, skip } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { Handler } from '../../src/handler.ts';
import { contextOf, recordOf } from './context.ts';

const run = (handler: Handler, value: string | Uint8Array | null): Action | Promise<Action> => {
  const record = recordOf(value);
  return handler.process(record, contextOf(record));
};

/** A handler over a schema, and what it was called with. */
function spied(definition: object): { readonly handler: Handler; readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const handle = (value: unknown): Action => {
    seen.push(value);
    return consume();
  };
  return { handler: defineHandler({ topic: 'orders', ...definition, handle } as never), seen };
}

describe('decoding', () => {
  it('gives the bytes without schema and transform', () => {
    const { handler, seen } = spied({});
    const bytes = Uint8Array.of(0xff, 0);
    expect(run(handler, bytes)).toBe(consume());
    expect(seen[0]).toBe(bytes);
  });

  it('is JSON where a schema is given', () => {
    const { handler, seen } = spied({ schema: v.object({ id: v.number() }) });
    expect(run(handler, '{"id":7,"more":true}')).toBe(consume());
    expect(seen).toEqual([{ id: 7 }]);
  });

  it.each([
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'the value (3 bytes) is not UTF-8'],
    ['not JSON', 'hush', 'the value (4 bytes) is UTF-8, but not JSON'],
    ['cut JSON', '{"id": "hush', 'the value (12 bytes) is UTF-8, but not JSON'],
    ['empty', '', 'the value (0 bytes) is UTF-8, but not JSON'],
  ])('that fails (%s) is a Reject which shows nothing of the value', (_what, value, message) => {
    const { handler, seen } = spied({ schema: v.unknown() });
    const action = run(handler, value);
    expect(action).toMatchObject({
      type: 'reject',
      reason: 'decode-failed',
      cause: { code: 'RECORD_INVALID', message: expect.stringContaining(message) },
    });
    for (let error = (action as { cause: unknown }).cause; error instanceof Error; error = error.cause)
      expect(String(error)).not.toContain('hush');
    expect(seen).toEqual([]);
  });

  it('by transform replaces JSON, and its throw or rejection is the cause', async () => {
    const text = spied({
      transform: (record: { value: Uint8Array }) => Buffer.from(record.value).toString('latin1'),
      schema: v.pipe(v.string(), v.minLength(2)),
    });
    expect(run(text.handler, 'ab')).toBe(consume());
    expect(text.seen).toEqual(['ab']);
    const cause = new Error('no such version');
    const throwing = spied({
      transform: () => {
        throw cause;
      },
    });
    expect(run(throwing.handler, 'x')).toEqual(reject('decode-failed', cause));
    const rejecting = spied({ transform: () => Promise.reject(cause) });
    expect(await run(rejecting.handler, 'x')).toEqual(reject('decode-failed', cause));
  });

  it('that cannot be done just now is a Skip when transform throws one', async () => {
    const down = skip('registry is down');
    const throwing = spied({
      transform: () => {
        throw down;
      },
    });
    expect(run(throwing.handler, 'x')).toBe(down);
    expect(await run(spied({ transform: () => Promise.reject(down) }).handler, 'x')).toBe(down);
  });
});

describe('the schema', () => {
  it.each([
    ['zod', z.object({ user: z.object({ id: z.number() }) })],
    ['valibot', v.object({ user: v.object({ id: v.number() }) })],
    ['arktype', type({ user: { id: 'number' } })],
  ])('of %s mismatching is a Reject with the path in the message and the issues as cause', (_library, schema) => {
    const { handler, seen } = spied({ schema });
    const action = run(handler, '{"user":{"id":"hush"}}');
    expect(action).toMatchObject({
      type: 'reject',
      reason: 'schema-mismatch',
      cause: { code: 'RECORD_INVALID', message: 'the value does not match the schema at user.id' },
    });
    const { cause } = (action as { cause: Error }).cause;
    expect(cause).toEqual([{ path: 'user.id', message: expect.any(String) }]);
    expect(seen).toEqual([]);
    expect(run(handler, '{"user":{"id":1}}')).toBe(consume());
    expect(seen).toEqual([{ user: { id: 1 } }]);
  });

  it('mismatching in many places names the first few', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { handler } = spied({ schema: v.object(Object.fromEntries(names.map((name) => [name, v.number()]))) });
    expect(run(handler, '{}')).toMatchObject({
      cause: { message: 'the value does not match the schema at a, b, c, d, e and 2 more', details: { paths: names } },
    });
    expect(run(handler, '5')).toMatchObject({ cause: { message: 'the value does not match the schema at (the value itself)' } });
  });

  it('may be asynchronous, and may change the value', async () => {
    const schema = z.object({ id: z.number() }).transform(async ({ id }) => id + 1);
    const { handler, seen } = spied({ schema });
    const action = run(handler, '{"id":1}');
    expect(action).toBeInstanceOf(Promise);
    expect(await action).toBe(consume());
    expect(seen).toEqual([2]);
    expect(await run(handler, '{}')).toMatchObject({ type: 'reject', reason: 'schema-mismatch' });
  });

  it('that throws is a failure, not a Reject: nothing is lost to a bug in a check', () => {
    const { handler } = spied({
      schema: v.pipe(
        v.unknown(),
        v.check(() => {
          throw new TypeError('bug');
        }),
      ),
    });
    expect(() => run(handler, '1')).toThrow('bug');
  });
});

describe('tombstones', () => {
  const decoding = { transform: vi.fn(), schema: v.string() };

  it('reach the handler as null, and neither transform nor schema', () => {
    const { handler, seen } = spied(decoding);
    expect(run(handler, null)).toBe(consume());
    expect(seen).toEqual([null]);
    expect(decoding.transform).not.toHaveBeenCalled();
  });

  it('are consumed or rejected without the handler', () => {
    const consumed = spied({ ...decoding, tombstones: 'consume' });
    expect(run(consumed.handler, null)).toBe(consume());
    const rejected = spied({ ...decoding, tombstones: 'reject' });
    expect(run(rejected.handler, null)).toMatchObject({ type: 'reject', reason: 'tombstone' });
    expect([...consumed.seen, ...rejected.seen]).toEqual([]);
  });

  it('are not zero bytes', () => {
    const { handler, seen } = spied({ tombstones: 'reject' });
    expect(run(handler, new Uint8Array())).toBe(consume());
    expect(seen).toEqual([new Uint8Array()]);
  });
});

describe('the answer', () => {
  it('comes without a promise where nothing is asynchronous, and as the handler gave it where something is', async () => {
    expect(run(spied({ schema: v.number() }).handler, '1')).toBe(consume());
    const promise = Promise.resolve(skip());
    expect(run(defineHandler({ topic: 'orders', handle: () => promise }), '1')).toBe(promise);
    expect(await run(spied({ transform: async () => 1 }).handler, '1')).toBe(consume());
  });

  it("passes the handler's throw and rejection on", async () => {
    const bug = new Error('bug');
    const throwing = defineHandler({
      topic: 'orders',
      handle: () => {
        throw bug;
      },
    });
    expect(() => run(throwing, '1')).toThrow(bug);
    await expect(run(defineHandler({ topic: 'orders', handle: () => Promise.reject(bug) }), '1')).rejects.toBe(bug);
  });
});
