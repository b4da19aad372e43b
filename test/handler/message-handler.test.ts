import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { consume } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { HandlerContext } from '../../src/handler.ts';
import { asHandler, MessageHandler } from '../../src/message-handler.ts';
import { contextOf, recordOf } from './context.ts';

class OrderHandler extends MessageHandler<unknown, { id: number }, 'consume'> {
  readonly topic = 'orders';
  override readonly schema = v.object({ id: v.number() });
  override readonly tombstones = 'consume';
  override readonly retry = { initialDelayMs: 7 };
  readonly seen = new Set<string>();
  readonly ids: number[] = [];

  readonly handle = (order: { id: number }, context: HandlerContext): ReturnType<typeof consume> => {
    this.seen.add(context.id);
    this.ids.push(order.id);
    return consume();
  };
}

describe('MessageHandler', () => {
  it('is a handler with its fields as options and a state of its own', () => {
    const orders = new OrderHandler();
    const handler = asHandler(orders);
    expect(handler).toMatchObject({ topics: ['orders'], retry: { initialDelayMs: 7 } });
    const record = recordOf('{"id":3}');
    expect(handler.process(record, contextOf(record))).toBe(consume());
    expect([...orders.seen, ...orders.ids]).toEqual(['orders/0/0', 3]);
    const tombstone = recordOf(null);
    expect(handler.process(tombstone, contextOf(tombstone))).toBe(consume());
    expect(orders.ids).toEqual([3]);
  });

  it('keeps `this` for a handle that plain JavaScript wrote as a method', () => {
    const Plain = class Plain extends (MessageHandler as unknown as new () => object) {
      topic = 'orders';
      calls = 0;
      handle(): ReturnType<typeof consume> {
        this.calls += 1;
        return consume();
      }
    };
    const plain = new Plain();
    const record = recordOf('x');
    expect(asHandler(plain as never).process(record, contextOf(record))).toBe(consume());
    expect(plain.calls).toBe(1);
  });

  it('is checked when it is registered, by the name of its class', () => {
    class Wrong extends OrderHandler {
      override readonly topic = 'no topic' as 'orders';
    }
    expect(() => asHandler(new Wrong())).toThrow(
      expect.objectContaining({ code: 'HANDLER_INVALID', message: expect.stringMatching(/^Wrong: topic is "no topic"/) }),
    );
    class Circular extends OrderHandler {
      override readonly deadLetter = { topic: 'orders' };
    }
    expect(() => asHandler(new Circular())).toThrow('Circular of "orders": deadLetter.topic is "orders", which this handler consumes');
  });
});

describe('asHandler', () => {
  it('passes a defined handler through', () => {
    const handler = defineHandler({ topic: 'a', handle: () => consume() });
    expect(asHandler(handler)).toBe(handler);
  });

  it.each<[unknown, string]>([
    [null, 'got null as a handler'],
    [
      { topic: 'a', handle: () => consume() },
      'got an object as a handler, expected what defineHandler returns or an instance of a MessageHandler; wrap this definition in defineHandler(...)',
    ],
    [OrderHandler, 'give an instance, not the class'],
  ])('refuses %s', (handler, message) => expect(() => asHandler(handler as never)).toThrow(message));
});
