import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { defineRehearsal } from '../../scenarios/rehearsal.ts';
import { runScenarios } from '../../scenarios/run-scenarios.ts';
import { consume, skip } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';

const messages = { orders: fc.record({ key: fc.constantFrom('a', 'b'), value: fc.record({ id: fc.nat() }) }) };

describe('defineRehearsal', () => {
  it('plays every trouble with the handlers, and the world survives crashes', async () => {
    const worlds: { readonly seen: Set<string> }[] = [];
    const rehearsal = defineRehearsal({
      world: () => {
        const world = { seen: new Set<string>() };
        worlds.push(world);
        return world;
      },
      handlers: ({ seen }) => [
        defineHandler({
          topic: 'orders',
          handle: (_value, { id }) => {
            seen.add(id);
            return consume();
          },
        }),
      ],
      messages,
    });
    const troubles = ['steady', 'rebalances', 'crashes', 'commit-failures', 'flaky-network', 'broker-trouble', 'everything'];
    expect(rehearsal.scenarios.map(({ name }) => name)).toEqual(troubles);
    // Those in which nothing is taken away before it was handled.
    const lossless = rehearsal.scenarios.filter(({ name }) => troubles.indexOf(name) < 4);
    const { report } = await runScenarios(lossless, { place: memoryPlace, runs: 30, seed: 1 });
    expect(report.scenarios.map(({ failure }) => failure)).toEqual(lossless.map(() => undefined));
    // One for each run, one to see which topics the handlers take, and one for each run that the determinism guard repeats.
    expect(worlds.length).toBeGreaterThan(4 * 30);
    const handled = worlds.reduce((sum, { seen }) => sum + seen.size, 0);
    expect(handled).toBeGreaterThanOrEqual(report.scenarios.reduce((sum, { counts }) => sum + counts.records, 0));

    const rest = await runScenarios(rehearsal.scenarios.slice(4), { place: memoryPlace, runs: 30, seed: 1 });
    expect(rest.report.scenarios.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
  });

  it('finds a handler that skips what will never be good', async () => {
    const rehearsal = defineRehearsal({
      handlers: () => [defineHandler({ topic: 'orders', handle: (value) => (value === null ? skip('no value') : consume()) })],
      messages,
    });
    const { report } = await runScenarios(rehearsal.scenarios.slice(0, 1), { place: memoryPlace, runs: 50, seed: 1 });
    expect(report.scenarios[0]?.failure).toMatchObject({
      invariant: 'stuck',
      message: expect.stringContaining('a tombstone (its last answer was Skip)'),
    });
  });

  it('finds a handler that throws on a tombstone, and says what it threw', async () => {
    const rehearsal = defineRehearsal({
      handlers: () => [defineHandler({ topic: 'orders', handle: (value) => ((value as Uint8Array).length >= 0 ? consume() : skip()) })],
      messages,
    });
    const { report } = await runScenarios(rehearsal.scenarios.slice(0, 1), { place: memoryPlace, runs: 50, seed: 1 });
    expect(report.scenarios[0]?.failure).toMatchObject({
      invariant: 'stuck',
      message: expect.stringContaining('TypeError: Cannot read properties of null'),
    });
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no handlers', () => defineRehearsal({ messages } as never), /`handlers` must be a function/],
    ['handlers that are made already', () => defineRehearsal({ handlers: [] as never, messages }), /`handlers` must be a function/],
    [
      'an option that means nothing',
      () => defineRehearsal({ handlers: () => [], messages, invariant: {} } as never),
      /defineRehearsal: there is no option `invariant`; there are handlers, messages, runs, tombstones, world$/,
    ],
    ['no messages', () => defineRehearsal({ handlers: () => [] } as never), /`messages` must hold a generator/],
  ])('refuses %s', (_what, define, message) => {
    expect(define).toThrow(message);
  });

  it.each([
    ['a topic without messages', {}, /no generator for orders/],
    [
      'messages for a topic that nobody takes',
      { ...messages, payments: messages.orders },
      /generators for payments, which no handler takes/,
    ],
  ])('refuses %s', async (_what, given, message) => {
    const rehearsal = defineRehearsal({ handlers: () => [defineHandler({ topic: 'orders', handle: () => consume() })], messages: given });
    await expect(runScenarios(rehearsal.scenarios, { place: memoryPlace, runs: 1, seed: 1 })).rejects.toThrow(message);
  });
});
