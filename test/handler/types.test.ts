/** What the compiler must see, and what it must refuse. The assertions are types: `tsc` fails when one is wrong. */
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { consume } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import { defineBatchHandler, defineHandler } from '../../src/define-handler.ts';
import type { Handler, HandlerContext } from '../../src/handler.ts';
import { MessageHandler } from '../../src/message-handler.ts';

interface Event {
  id: number;
}

describe('types of defineHandler', () => {
  it('infer the value from zod, valibot and arktype', () => {
    const topic = 'events';
    defineHandler({
      topic,
      schema: z.object({ id: z.number() }),
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<Event | null>(), consume()),
    });
    defineHandler({
      topic,
      schema: v.object({ id: v.number() }),
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<Event | null>(), consume()),
    });
    defineHandler({
      topic,
      schema: type({ id: 'number' }),
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<Event | null>(), consume()),
    });
  });

  it('take the output of a schema, not its input', () => {
    const schema = v.pipe(v.string(), v.transform(Number));
    defineHandler({
      topic: 'a',
      schema,
      tombstones: 'reject',
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<number>(), consume()),
    });
  });

  it('are bytes without schema and transform', () => {
    defineHandler({ topic: 'a', handle: (value) => (expectTypeOf(value).toEqualTypeOf<Uint8Array | null>(), consume()) });
  });

  it('are what transform makes, without its promise; and transform never sees a tombstone', () => {
    defineHandler({
      topic: 'a',
      transform: (record) => {
        expectTypeOf(record.value).toEqualTypeOf<Uint8Array>();
        return { size: record.value.length };
      },
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<{ size: number } | null>(), consume()),
    });
    defineHandler({
      topic: 'a',
      transform: async () => 'text',
      tombstones: 'consume',
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<string>(), consume()),
    });
  });

  it('contain null unless tombstones are consumed or rejected', () => {
    const schema = z.object({ id: z.number() });
    defineHandler({
      topic: 'a',
      schema,
      tombstones: 'handle',
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<Event | null>(), consume()),
    });
    defineHandler({
      topic: 'a',
      schema,
      tombstones: 'consume',
      handle: (value) => (expectTypeOf(value).toEqualTypeOf<Event>(), consume()),
    });
    defineHandler({ topic: 'a', schema, tombstones: 'reject', handle: (value) => (expectTypeOf(value).toEqualTypeOf<Event>(), consume()) });
  });

  it('refuse a handler that forgets null, however it is written', () => {
    const schema = z.object({ id: z.number() });
    const forgets = (event: Event): Action => (event.id > 0 ? consume() : consume());
    // @ts-expect-error -- null is not an Event
    defineHandler({ topic: 'a', schema, handle: forgets });
    const asMethod = {
      topic: 'a',
      schema,
      handle(event: Event): Action {
        return forgets(event);
      },
    };
    // @ts-expect-error -- null is not an Event, also where it is written as a method
    defineHandler(asMethod);
    defineHandler({ topic: 'a', schema, tombstones: 'consume', handle: forgets });
  });

  it('refuse a handler of another value, a handler without an answer, and unknown options', () => {
    const schema = z.object({ id: z.number() });
    // @ts-expect-error -- id is a number
    defineHandler({ topic: 'a', schema, tombstones: 'consume', handle: (event: { id: string }) => (event.id ? consume() : consume()) });
    // @ts-expect-error -- nothing is no action
    defineHandler({ topic: 'a', handle: () => undefined });
    // @ts-expect-error -- a misspelt option
    const misspelt = (): Handler => defineHandler({ topic: 'a', tombstone: 'consume', handle: () => consume() });
    // @ts-expect-error -- one action for all, or one for each
    const batch = (): Handler => defineBatchHandler({ topic: 'a', handleBatch: (items) => items });
    expectTypeOf(misspelt).returns.toEqualTypeOf<Handler>();
    expectTypeOf(batch).returns.toEqualTypeOf<Handler>();
  });

  it('give the context, and one Handler whatever the value', () => {
    const handler = defineHandler({
      topic: 'a',
      handle: (_value, context) => (expectTypeOf(context).toEqualTypeOf<HandlerContext>(), consume()),
    });
    expectTypeOf(handler).toEqualTypeOf<Handler>();
  });
});

describe('types of MessageHandler', () => {
  it('refuse a class whose handle forgets null', () => {
    class Forgets extends MessageHandler<unknown, Event> {
      readonly topic = 'a';
      // @ts-expect-error -- null is not an Event
      readonly handle = (event: Event): Action => (event.id > 0 ? consume() : consume());
    }
    class Remembers extends MessageHandler<unknown, Event> {
      readonly topic = 'a';
      readonly handle = (event: Event | null): Action => (event === null ? consume() : consume());
    }
    class NeedsNot extends MessageHandler<unknown, Event, 'consume'> {
      readonly topic = 'a';
      override readonly tombstones = 'consume';
      readonly handle = (event: Event): Action => (event.id > 0 ? consume() : consume());
    }
    expectTypeOf<Parameters<Remembers['handle']>[0]>().toEqualTypeOf<Event | null>();
    expectTypeOf<Parameters<NeedsNot['handle']>[0]>().toEqualTypeOf<Event>();
    expectTypeOf<Forgets['topic']>().toEqualTypeOf<'a'>();
  });

  it('refuse a schema of another value', () => {
    class Mixed extends MessageHandler<unknown, Event, 'consume'> {
      readonly topic = 'a';
      // @ts-expect-error -- the schema makes strings
      override readonly schema = z.string();
      readonly handle = (event: Event): Action => (event.id > 0 ? consume() : consume());
    }
    expectTypeOf<Mixed['topic']>().toEqualTypeOf<'a'>();
  });
});
