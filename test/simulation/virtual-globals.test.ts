import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { consume } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import { HANDLER, type Handler } from '../../src/handler.ts';
import { playPlan, type ScenarioPlace } from '../../scenarios/play-plan.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { profileScenarios } from '../../scenarios/profile-scenarios.ts';
import type { ScenarioDefinition } from '../../scenarios/scenario-definition.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { PLAN_VERSION, type Plan } from '../../testing/scenario/plan.ts';
import { VIRTUAL_EPOCH_MS } from '../../testing/simulation/event-loop.ts';
import { virtualizeGlobals } from '../../testing/simulation/virtual-globals.ts';

const place: ScenarioPlace = {
  ...memoryPlace,
  openVenue: async (config, run = {}) => new MemoryVenue({ seed: config.seed, choices: run.choices ?? [], virtualGlobals: true }),
};

const plan: Plan = {
  version: PLAN_VERSION,
  scenario: 'global',
  config: { seed: 5, brokers: 2, topics: [{ name: 'orders', partitions: 1 }], offsetReset: 'earliest', sessionTimeoutMs: 6_000 },
  ops: [
    { op: 'join', member: 'a' },
    { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x' },
    { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'y' },
  ],
  faults: [],
  choices: [],
};

async function play(handle: () => Action | Promise<Action>): Promise<string> {
  const handler: Handler = {
    [HANDLER]: true,
    topics: ['orders'],
    retry: { initialDelayMs: 10, maxDelayMs: 10, factor: 1 },
    deadlineMs: null,
    process: handle,
  };
  const scenario: ScenarioDefinition = { ...(profileScenarios[0] as ScenarioDefinition), name: 'global', handlers: () => [handler] };
  const result = await playPlan(scenario, plan, place);
  expect(result.verdict.violations).toEqual([]);
  return result.traceHash;
}

const real = { setTimeout, random: Math.random, Date };

afterEach(() => {
  expect({ setTimeout, random: Math.random, Date }).toEqual(real);
});

describe('virtual globals', () => {
  it('let an hour of a handler pass in no time, by every kind of timer', async () => {
    const took: number[] = [];
    const startedAt = performance.now();
    const hash = await play(async () => {
      const before = Date.now();
      await new Promise<void>((resolve) => void setTimeout(resolve, 3_000));
      await sleep(4_000);
      await new Promise<void>((resolve) => {
        let ticks = 0;
        const interval = setInterval(() => {
          ticks += 1;
          if (ticks < 3) return;
          clearInterval(interval);
          resolve();
        }, 1_000);
      });
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const never = setTimeout(() => took.push(-1), 10);
      clearTimeout(never);
      took.push(new Date().getTime() - before);
      return consume();
    });
    expect(took).toEqual([10_000, 10_000]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('throw the same dice each time', async () => {
    const seen: unknown[][] = [];
    const roll = async (): Promise<void> => {
      const rolled: unknown[] = [];
      await play(() => {
        rolled.push(Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(4))], new Date().toISOString());
        return consume();
      });
      seen.push(rolled);
    };
    await roll();
    await roll();
    expect(seen[0]).toEqual(seen[1]);
    expect(new Set(seen[0]?.map((each) => JSON.stringify(each))).size).toBeGreaterThan(6);
    expect(String(seen[0]?.[3])).toMatch(new RegExp(`^${new Date(VIRTUAL_EPOCH_MS).toISOString().slice(0, 16)}`));
    expect(seen[0]?.[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('leave everybody else alone, and go when the last user goes', async () => {
    const first = virtualizeGlobals();
    const second = virtualizeGlobals();
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000);
    expect(new Date(0)).toBeInstanceOf(Date);
    await new Promise<void>((resolve) => void setTimeout(resolve, 1));
    await sleep(1);
    first();
    first();
    expect(Math.random).not.toBe(real.random);
    second();
  });

  it('refuse to fight another fake', () => {
    const fake = Object.assign(() => 0, { clock: {} });
    globalThis.setTimeout = fake as never;
    try {
      expect(() => virtualizeGlobals()).toThrow('fake already');
    } finally {
      globalThis.setTimeout = real.setTimeout;
    }
  });
});
