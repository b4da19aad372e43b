/**
 * What `npm start` rehearses: the example handlers, with messages as producers really send them, good and bad. Write one
 * beside your own handlers, and run `npx kafka-rehearsal run`.
 */
import { defineRehearsal } from 'kafka-rehearsal/scenarios';
import type { Rehearsal } from 'kafka-rehearsal/scenarios';
import { SimpleStringHandler } from './simple-strings/simple-string-handler.ts';
import { UserEventHandler } from './user-events/user-event-handler.ts';
import { MemoryUserEventStore } from './user-events/user-event-store.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

export const rehearsal: Rehearsal = defineRehearsal({
  // The database: made once for each run, and still there after a crash.
  world: () => ({ store: new MemoryUserEventStore(), texts: [] as string[] }),

  // Made at every start of a member: what they hold dies with the process.
  handlers: ({ store, texts }) => [new UserEventHandler(store), new SimpleStringHandler('messages', (text) => void texts.push(text))],

  messages: (fc, { now }) => {
    const userId = fc.constantFrom('u1', 'u2', 'u3');
    // Most are of the last days; some are older than the handler takes.
    const timestamp = fc.integer({ min: 0, max: 40 * DAY_MS }).map((age) => now - age);
    const event = fc.oneof(
      fc.record({ type: fc.constantFrom('login', 'logout'), userId, timestamp }),
      fc.record({ type: fc.constant('signup'), userId, timestamp, email: userId.map((id) => `${id}@example.com`) }),
      fc.record({
        type: fc.constant('purchase'),
        userId,
        timestamp,
        orderId: fc.uuid(),
        amountCents: fc.integer({ min: 1, max: 100_000 }),
      }),
    );
    const nonsense = fc.oneof(fc.constant('not JSON'), fc.constant({ type: 'dance' }), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    return {
      'user-events': fc.record({
        key: userId,
        value: fc.oneof({ arbitrary: event, weight: 5 }, { arbitrary: nonsense, weight: 1 }),
      }),
      messages: fc.record({
        key: fc.constant(null),
        value: fc.oneof(fc.string({ maxLength: 20, unit: 'grapheme' }), fc.constant(''), fc.uint8Array({ minLength: 1, maxLength: 8 })),
      }),
    };
  },
});
