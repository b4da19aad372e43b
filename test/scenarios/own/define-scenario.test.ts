import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { causeOf } from '../../../scenarios/own/judge-run.ts';
import { defineScenario } from '../../../scenarios/own/define-scenario.ts';
import type { RunRecord, ScenarioOptions } from '../../../scenarios/own/scenario-options.ts';
import { memoryPlace } from '../../../scenarios/memory-place.ts';
import { missingOf } from '../../../scenarios/demands.ts';
import { noCounts } from '../../../testing/report/counts.ts';
import { runScenarios, type ScenarioOutcome } from '../../../scenarios/run-scenarios.ts';
import { consume, reject, skip } from '../../../src/action.ts';
import { defineHandler } from '../../../src/define-handler.ts';
import { murmur2 } from '../../../src/producer/murmur2.ts';

// Campaigns on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const messages = { orders: fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.record({ cents: fc.nat(99) }) }) };
const ordersOf = (handle: Parameters<typeof defineHandler>[0]['handle']): ReturnType<typeof defineHandler> =>
  defineHandler({ topic: 'orders', tombstones: 'handle', handle });

async function play<World>(
  options: Omit<ScenarioOptions<World>, 'messages'> & Partial<ScenarioOptions<World>>,
  runs = 25,
): Promise<ScenarioOutcome> {
  const scenario = defineScenario<World>('orders', { messages, ...options });
  const { outcomes } = await runScenarios([scenario], { place: memoryPlace, runs, seed: 1 });
  return outcomes[0] as ScenarioOutcome;
}

const charging = (deduplicates: boolean): Omit<ScenarioOptions<{ charged: Map<string, number> }>, 'messages'> => ({
  world: () => ({ charged: new Map<string, number>() }),
  handlers: ({ charged }, { effect, sometimes }) => [
    ordersOf(async (_value, { id }) => {
      await effect('charge', { id }, () => {
        sometimes('delivered again', charged.has(id));
        if (!deduplicates || !charged.has(id)) charged.set(id, (charged.get(id) ?? 0) + 1);
      });
      return consume();
    }),
  ],
  sameAsCalm: ({ charged }) => [...charged].sort(),
});

describe('a scenario of a user', () => {
  it('holds for a store that knows what it has done, and has compared, seen and fired', async () => {
    const { report } = await play({ ...charging(true), faults: 'everything' }, 60);
    expect(report.failure).toBeUndefined();
    const { ownChecks, facts, faults, crashes } = report.counts;
    expect(ownChecks['same-as-calm']).toBeGreaterThan(30);
    expect(ownChecks['ends-in-consume']).toBeGreaterThan(100);
    expect(ownChecks['tombstones-handled']).toBeGreaterThan(10);
    expect(facts['delivered again']).toBeGreaterThan(0);
    expect(Object.keys(faults).length).toBeGreaterThan(20);
    expect(crashes).toBeGreaterThan(0);
  });

  it('finds a store that charges twice, by the end of a calm run, in a few steps without a script', async () => {
    const { report, failed } = await play({ ...charging(false), faults: 'everything' }, 60);
    expect(report.failure).toMatchObject({ invariant: 'same-as-calm', message: expect.stringContaining('without any fault end in') });
    const plan = report.failure?.plan;
    expect(plan?.ops.length).toBeLessThanOrEqual(6);
    expect(plan?.ops.some((op) => op.op === 'produce' && op.script !== undefined)).toBe(false);
    expect(causeOf(failed!.violation)).toMatchObject({ expected: [['orders/0/0', 1]], actual: [['orders/0/0', 2]] });
  });

  it('says that no fault was needed where calls that overtake each other make the difference', async () => {
    const { report } = await play(
      {
        world: () => ({ last: new Map<string, string>() }),
        handlers: ({ last }, { effect }) => [
          defineHandler({
            topic: 'orders',
            tombstones: 'consume',
            ordering: 'unordered',
            async handle(_bytes, { id }) {
              await effect('set', id, () => last.set('x', id));
              return consume();
            },
          }),
        ],
        messages: { orders: fc.record({ value: fc.constant('1') }) },
        faults: 'calm',
        sameAsCalm: ({ last }) => [...last],
      },
      100,
    );
    expect(report.failure?.message).toMatch(/; in this plan, where nothing goes wrong and only the times .* are others, they end in /);
  });

  it('asks its invariants about effects, records, observations and the world', async () => {
    const { report, failed } = await play(
      {
        ...charging(false),
        sameAsCalm: undefined as never,
        faults: ['commit-request-lost', 'member-crashed'],
        invariants: {
          'charged once': ({ effects, records, observations, world }) => {
            expect(observations.length).toBeGreaterThan(0);
            expect(records.map(({ id }) => id).sort()).toEqual([...world.charged.keys()].sort());
            expect(effects.map(({ record }) => record)).toEqual(effects.map(({ details }) => (details as { id: string }).id));
            const twice = effects.find((effect, index) => effects.findIndex(({ record }) => record === effect.record) < index);
            if (twice !== undefined) throw new Error(`charged twice for ${twice.record} by ${twice.member}`);
          },
        },
      },
      60,
    );
    expect(report.failure).toMatchObject({
      invariant: 'charged once',
      message: expect.stringMatching(/^charged twice for orders\/0\/0 by \w#\d$/),
    });
    expect(causeOf(failed!.violation)).toBeInstanceOf(Error);
  });

  it('takes false for a violation too', async () => {
    const { report } = await play({ handlers: () => [ordersOf(() => consume())], invariants: { never: (() => false) as never } });
    expect(report.failure).toMatchObject({ invariant: 'never', message: 'the invariant returned false' });
  });

  it('gives records as handlers saw them, headers included, and those of a key in one partition', async () => {
    const partitions = new Map<string, Set<number>>();
    const seen: RunRecord[] = [];
    await play({
      handlers: () => [ordersOf(() => consume())],
      messages: { orders: messages.orders.map((message) => ({ ...message, headers: { trace: 't1' } })) },
      tombstones: false,
      faults: 'calm',
      invariants: { look: ({ records }) => void seen.push(...records) },
    });
    for (const { key, partition, value, outcome, deliveries, headers } of seen) {
      expect(value).toEqual({ cents: expect.any(Number) });
      expect({ outcome, deliveries }).toEqual({ outcome: 'consume', deliveries: 1 });
      expect(headers.map(([name, bytes]) => [name, new TextDecoder().decode(bytes ?? undefined)])).toEqual([['trace', 't1']]);
      const hash = murmur2(new TextEncoder().encode(String(key))) & 0x7fffffff;
      expect([0, hash % 2, hash % 3]).toContain(partition);
      partitions.set(String(key), (partitions.get(String(key)) ?? new Set()).add(partition));
    }
    expect(seen.length).toBeGreaterThan(100);
  });

  it('reads the topics that handlers write to', async () => {
    const { report } = await play({
      handlers: () => [
        ordersOf(async (_value, { id, producer }) => {
          await producer.sendJson('receipts', { key: id, value: { paid: id } });
          return consume();
        }),
      ],
      outputs: ['receipts'],
      faults: 'flaky-network',
      invariants: {
        'a receipt for each order': ({ records }) => {
          const orders = records.filter(({ topic }) => topic === 'orders').map(({ id }) => id);
          const receipts = new Set(records.filter(({ topic }) => topic === 'receipts').map(({ key }) => key));
          expect(orders.filter((id) => !receipts.has(id))).toEqual([]);
        },
      },
    });
    expect(report.failure).toBeUndefined();
  });
});

describe('the default checks', () => {
  it('a message that ends in Reject, unless it may', async () => {
    const tooMuch = () => [
      ordersOf((value) =>
        ((JSON.parse(new TextDecoder().decode((value as Uint8Array | null) ?? undefined) || '{}') as { cents?: number }).cents ?? 0) > 50
          ? reject('too-much')
          : consume(),
      ),
    ];
    const refused = await play({ handlers: tooMuch, faults: 'calm' });
    expect(refused.report.failure).toMatchObject({
      invariant: 'ends-in-consume',
      message: expect.stringContaining(`mayReject: ['too-much']`),
    });
    // Shrunk by the generator, never to a message that it would not make.
    const produced = refused.report.failure?.plan?.ops.find((op) => op.op === 'produce');
    expect(produced).toMatchObject({ value: '{"cents":51}', key: 'a' });
    for (const mayReject of [true, ['too-much'], (record: RunRecord) => (record.value as { cents: number }).cents > 50]) {
      expect((await play({ handlers: tooMuch, faults: 'calm', mayReject })).report.failure).toBeUndefined();
    }
  });

  it('a handler that throws on a tombstone', async () => {
    const { report } = await play({ handlers: () => [ordersOf((value) => ((value as Uint8Array).length > 0 ? consume() : consume()))] });
    expect(report.failure).toMatchObject({
      invariant: 'tombstones-handled',
      message: expect.stringContaining("TypeError: Cannot read properties of null (reading 'length')"),
    });
    expect(
      (await play({ handlers: () => [ordersOf((value) => ((value as Uint8Array).length > 0 ? consume() : consume()))], tombstones: false }))
        .report.failure,
    ).toBeUndefined();
  });

  it('everything drains', async () => {
    const { report } = await play({ handlers: () => [ordersOf((value) => (value === null ? skip('none') : consume()))] });
    expect(report.failure).toMatchObject({ invariant: 'stuck' });
  });
});

describe('no vacuous pass', () => {
  const handlers = (): readonly ReturnType<typeof defineHandler>[] => [ordersOf(() => consume())];

  it('a declared fault that never fired', async () => {
    const scenario = defineScenario('orders', { messages, handlers, faults: ['commit-refused', 'stale-batch'] });
    const place = { ...memoryPlace, faultKinds: memoryPlace.faultKinds.filter((kind) => kind !== 'stale-batch') };
    const { report } = await runScenarios([scenario], { place, runs: 20, seed: 1 });
    expect(report.scenarios[0]?.failure).toMatchObject({
      invariant: 'vacuous',
      message: expect.stringContaining('stale-batch (armed 0 times)'),
    });
    expect(report.scenarios[0]?.failure?.message).not.toContain('commit-refused');
  });

  it('a fault of a profile that was armed often and never changed anything', () => {
    const counts = {
      ...noCounts(),
      records: 1,
      deliveries: 1,
      commits: 1,
      armed: { 'disk-full': 60, rebalance: 49, 'fetch-partial': 60 },
      faults: { 'fetch-partial': 2 },
    };
    const message = missingOf({ mustSee: [], mustFire: [] }, { runs: 10, counts });
    expect(message).toMatch(/disk-full \(armed 60 times\)\.$/);
    expect(missingOf({ mustSee: [] }, { runs: 10, counts })).toBeNull();
  });

  it('a fact that was never seen', async () => {
    const { report } = await play({ handlers, sometimes: ['paid by card'] }, 20);
    expect(report.failure).toMatchObject({ invariant: 'vacuous', message: expect.stringContaining('never seen: paid by card') });
    const told = await play({ handlers: (_world, { sometimes }) => [ordersOf(() => (sometimes('paid in cash', false), consume()))] }, 20);
    expect(told.report.failure).toMatchObject({ message: expect.stringContaining('paid in cash') });
  });
});

describe('two lifetimes', () => {
  it('what a dead process asks for is written down and not done', async () => {
    // Real I/O goes on when the process that began it is dead.
    const real = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const stale: string[] = [];
    const { report } = await play(
      {
        world: () => ({ done: [] as string[] }),
        handlers: ({ done }, { effect }) => [
          ordersOf(async (_value, { id, clock }) => {
            await clock.sleep(500);
            await real();
            await effect('late', id, () => void done.push(id));
            return consume();
          }),
        ],
        faults: ['member-crashed'],
        invariants: {
          'nothing of the dead is done': ({ world, effects, staleEffects }) => {
            stale.push(...staleEffects.map(({ member }) => member));
            if (effects.length !== world.done.length) throw new Error('done without being written down');
          },
        },
      },
      40,
    );
    expect(report.failure).toBeUndefined();
    expect(report.counts.crashes).toBeGreaterThan(0);
  });
});

describe("what is the scenario's own fault", () => {
  const handlers = (): readonly ReturnType<typeof defineHandler>[] => [ordersOf(() => consume())];
  const broken = (): never => {
    throw new TypeError('x is not a function');
  };

  it.each<[string, Partial<ScenarioOptions<unknown>>, RegExp]>([
    [
      'the world',
      { world: broken },
      /"orders" is at fault, not the handlers: `world` threw TypeError: x is not a function \(.*define-scenario\.test\.ts:\d+:\d+\)/,
    ],
    ['the handlers', { handlers: broken }, /`handlers` threw TypeError/],
    ['a generator', { messages: { orders: messages.orders.map(broken) } }, /the generator of messages for orders threw TypeError/],
    ['the messages', { messages: broken }, /`messages` threw TypeError/],
    ['an invariant', { invariants: { 'charged once': broken } }, /its invariant "charged once" threw TypeError/],
    ['sameAsCalm', { sameAsCalm: broken }, /`sameAsCalm` threw TypeError/],
    [
      'a fact that is none',
      { sometimes: ['a'], handlers: (_world, { sometimes }) => [ordersOf(() => (sometimes('b'), consume()))] },
      /sometimes\("b"\)/,
    ],
    [
      'a topic without a handler',
      { messages: { ...messages, payments: messages.orders } },
      /generators for payments, which no handler takes/,
    ],
    [
      'a topic without messages',
      { handlers: () => [...handlers(), defineHandler({ topic: 'b', handle: () => consume() })] },
      /no generator for b/,
    ],
    [
      'a value that is no message',
      { messages: { orders: fc.string() as never } },
      /a message generated for orders is string, expected \{ key, value \}/,
    ],
    ['no arbitrary', { messages: { orders: 3 as never } }, /messages\.orders must be a fast-check arbitrary/],
  ])('%s', async (_what, options, message) => {
    await expect(play({ handlers, faults: 'calm', ...options }, 3)).rejects.toThrow(message);
  });

  it.each<[string, Partial<ScenarioOptions<unknown>>, RegExp]>([
    ['a fault that is none', { faults: ['comit-refused' as never] }, /"comit-refused"; there are the profiles calm, rebalances/],
    ['no handlers', { handlers: [] as never }, /`handlers` must be a function/],
    ['runs', { runs: 0 }, /`runs` is 0/],
    [
      'an option that means nothing',
      { fault: 'calm' } as never,
      /scenario "orders": there is no option `fault`; there are budgetMs, classify, .*faults, /,
    ],
  ])('at once: %s', (_what, options, message) => {
    expect(() => defineScenario('orders', { messages, handlers, ...options })).toThrow(message);
  });
});

describe('a scenario with dead letters', () => {
  it.each([undefined, ['orders.dead']])('has their topic, as large as it must be, with outputs %j', async (outputs) => {
    const { report } = await play({
      handlers: () => [
        defineHandler({
          topic: 'orders',
          tombstones: 'reject',
          deadLetter: { topic: (source) => `${source}.dead` },
          handle: (_value, { record }) => (record.offset % 2 === 0 ? consume() : reject('odd')),
        }),
      ],
      ...(outputs === undefined ? {} : { outputs }),
      faults: ['commit-refused', 'member-crashed'],
      mayReject: ['odd', 'tombstone'],
      invariants: {
        'a letter for each Reject': ({ records, sometimes }) => {
          const rejected = records.filter(({ topic, outcome }) => topic === 'orders' && outcome === 'reject').map(({ id }) => id);
          const letters = records
            .filter(({ topic }) => topic === 'orders.dead')
            .map(({ headers }) => headers.find(([name]) => name === 'kafka-rehearsal.id'))
            .map((header) => new TextDecoder().decode(header?.[1] ?? new Uint8Array()));
          sometimes('rejected', rejected.length > 0);
          expect([...new Set(letters)].sort()).toEqual([...rejected].sort());
        },
      },
      sometimes: ['rejected'],
    });
    expect(report.failure).toBeUndefined();
    expect(report.counts.facts['rejected']).toBeGreaterThan(5);
  });
});
