/** What `init` writes. Each file is a working one: see test/package/init.package.test.ts. */

/** `mts` is a module wherever it lies; `ts` is one where the package says `"type": "module"`. */
export type StarterExtension = 'ts' | 'mts';

export interface StarterFile {
  readonly name: string;
  readonly what: string;
  readonly text: string;
}

const HANDLER = `import { consume, defineHandler, reject, skip } from 'kafka-rehearsal';
import type { Handler } from 'kafka-rehearsal';

export interface Order {
  readonly id: string;
  readonly cents: number;
}

/** Your database, as far as this handler needs it. */
export interface OrderStore {
  busy(): Promise<boolean>;
  /** Saves the order once for each \`recordId\`: the same record may come again. */
  save(recordId: string, order: Order): Promise<void>;
}

export function orderHandler(store: OrderStore): Handler {
  return defineHandler({
    topic: 'orders',
    tombstones: 'consume',
    // What cannot be decoded is rejected with the reason decode-failed.
    transform: ({ value }) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value)) as Order,
    async handle(order, { id }) {
      // Never good: marked, committed, not delivered again.
      if (typeof order?.id !== 'string' || !(order.cents > 0)) return reject('not-an-order');
      // Not now: delivered again after a back-off, and never committed past.
      if (await store.busy()) return skip('store is busy');
      await store.save(id, order);
      return consume();
    },
  });
}
`;

const CONFIG = `/** What \`npx kafka-rehearsal run\` plays, and the test beside it: handlers under crashes, rebalances, faults. */
import { defineRehearsal, defineScenario } from 'kafka-rehearsal/scenarios';
import type { Rehearsal, ScenarioOptions } from 'kafka-rehearsal/scenarios';
import { orderHandler } from './order-handler.ts';
import type { Order } from './order-handler.ts';

interface World {
  readonly saved: Map<string, Order>;
}

export const orders: ScenarioOptions<World> = {
  // The database: made once a run, and still there after a crash.
  world: () => ({ saved: new Map() }),

  // A process: made at every start of a member; what it holds dies with it. \`effect\` is how it reaches the world.
  handlers: ({ saved }, { effect }) => [
    orderHandler({
      busy: async () => false,
      save: (recordId, order) => effect('save', order, () => void saved.set(recordId, order)),
    }),
  ],

  messages: (fc) => ({
    orders: fc.record({
      key: fc.constantFrom('anna', 'ben', 'cleo'),
      value: fc.record({ id: fc.uuid(), cents: fc.integer({ min: 1, max: 100_000 }) }),
    }),
  }),

  faults: 'everything',

  // Whatever happened in between, the database ends as on a quiet day.
  sameAsCalm: ({ saved }) => [...saved].sort(([left], [right]) => left.localeCompare(right)),
};

export const rehearsal: Rehearsal = defineRehearsal({ scenarios: [defineScenario('every order is saved', orders)] });
`;

const TEST = `import { rehearse } from 'kafka-rehearsal/testing';
import { scenario } from 'kafka-rehearsal/vitest';
import { expect, test } from 'vitest';
import { orderHandler } from './order-handler.ts';
import { orders } from './rehearsal.config.ts';

const value = { id: 'o1', cents: 999 };

test('while the store is busy an order waits, and nothing is committed', async () => {
  const saved: string[] = [];
  let busy = true;
  const store = { busy: async () => busy, save: async (recordId: string) => void saved.push(recordId) };
  await using stage = await rehearse({ handlers: [orderHandler(store)] });
  await stage.produce('orders', [{ key: 'anna', value }]);
  await stage.advance(60_000); // a minute of virtual time
  expect(stage).not.toHaveCommitted({ topic: 'orders', partition: 0, offset: 1 });
  busy = false;
  await stage.idle();
  expect(stage).toHaveCommitted({ topic: 'orders', partition: 0, offset: 1 });
  expect(saved).toEqual(['orders/0/0']);
});

test('what is no order is rejected', async () => {
  const store = { busy: async () => false, save: async () => {} };
  await using stage = await rehearse({ handlers: [orderHandler(store)] });
  await stage.produce('orders', [{ key: 'anna', value: { cents: 0 } }, { key: 'anna', value: 'not JSON' }]);
  await stage.idle();
  expect(stage).toHaveRejected({ topic: 'orders', offset: 0, reason: 'not-an-order' });
  expect(stage).toHaveRejected({ topic: 'orders', offset: 1, reason: 'decode-failed' });
});

// Generated messages, faults, crashes and rebalances; a failure is made small, shown and saved.
scenario('every order is saved', orders);
`;

const FILES: readonly StarterFile[] = [
  { name: 'order-handler.ts', what: 'a handler', text: HANDLER },
  { name: 'rehearsal.config.ts', what: 'what is rehearsed: its world, its messages, what goes wrong', text: CONFIG },
  { name: 'order-handler.test.ts', what: 'its tests, with the same scenario', text: TEST },
];

/** The files, named and importing each other with the extension. */
export function starterFiles(extension: StarterExtension): readonly StarterFile[] {
  if (extension === 'ts') return FILES;
  return FILES.map(({ name, what, text }) => ({
    name: name.replace(/\.ts$/, '.mts'),
    what,
    text: text.replaceAll(/(from '\.\/[^']+)\.ts'/g, "$1.mts'"),
  }));
}
