import * as v from 'valibot';

const common = { userId: v.pipe(v.string(), v.minLength(1)), timestamp: v.pipe(v.number(), v.integer(), v.minValue(0)) };

/** What the topic `user-events` carries, as JSON. `timestamp` is milliseconds since the epoch. */
export const userEvent = v.variant('type', [
  v.object({ ...common, type: v.literal('signup'), email: v.pipe(v.string(), v.email()) }),
  v.object({ ...common, type: v.literal('login') }),
  v.object({ ...common, type: v.literal('logout') }),
  v.object({
    ...common,
    type: v.literal('purchase'),
    orderId: v.pipe(v.string(), v.minLength(1)),
    amountCents: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
]);

export type UserEvent = v.InferOutput<typeof userEvent>;
