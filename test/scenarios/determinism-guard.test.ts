import { readFile } from 'node:fs/promises';
import { gzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { consume, skip } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import { HANDLER, type Handler } from '../../src/handler.ts';
import { guardDeterminism } from '../../scenarios/determinism-guard.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { profileScenarios } from '../../scenarios/profile-scenarios.ts';
import { runScenarios } from '../../scenarios/run-scenarios.ts';
import type { ScenarioDefinition } from '../../scenarios/scenario-definition.ts';
import { PLAN_VERSION, type Plan } from '../../testing/scenario/plan.ts';

const RETRY = { initialDelayMs: 10, maxDelayMs: 100, factor: 2 };

const plan: Plan = {
  version: PLAN_VERSION,
  scenario: 'guarded',
  config: { seed: 3, brokers: 2, topics: [{ name: 'orders', partitions: 1 }], offsetReset: 'earliest', sessionTimeoutMs: 6_000 },
  ops: [
    { op: 'join', member: 'a' },
    ...Array.from({ length: 8 }, (_, index) => ({
      op: 'produce' as const,
      topic: 'orders',
      partition: 0,
      key: null,
      value: `v${index}`,
    })),
  ],
  faults: [],
  choices: [],
};

function scenarioOf(handle: () => Action | Promise<Action>): ScenarioDefinition {
  const base = profileScenarios[0] as ScenarioDefinition;
  const handler: Handler = { [HANDLER]: true, topics: ['orders', 'payments'], retry: RETRY, deadlineMs: null, process: handle };
  return { ...base, name: 'guarded', handlers: () => [handler] };
}

describe('the determinism guard', () => {
  it('finds nothing where nothing is', async () => {
    const verdict = await guardDeterminism(scenarioOf(consume), plan, memoryPlace);
    expect(verdict.controlled).toBe(true);
    expect((await guardDeterminism(scenarioOf(consume), plan, memoryPlace, verdict.result.traceHash)).controlled).toBe(true);
  });

  it('says where two runs part, and that it was no I/O, when a handler throws dice', async () => {
    let calls = 0;
    const verdict = await guardDeterminism(
      scenarioOf(() => ((calls += 1) === 12 ? skip('dice') : consume())),
      plan,
      memoryPlace,
    );
    if (verdict.controlled) throw new Error('It should have been found');
    expect(verdict.leaks).toEqual([]);
    expect(verdict.divergence?.what).toEqual(['a#1: call-ended orders-0 at 3, consume', 'a#1: call-ended orders-0 at 3, skip']);
    expect(verdict.message).toContain('Math.random');
  });

  it('does not take an earlier hash that was another', async () => {
    expect((await guardDeterminism(scenarioOf(consume), plan, memoryPlace, '0000000000000000')).controlled).toBe(false);
  });

  it.each([
    [
      'file system',
      async () => {
        await readFile(new URL(import.meta.url));
        return consume();
      },
    ],
    ['zlib', () => new Promise<Action>((resolve) => gzip('x', () => resolve(consume())))],
    [
      'crypto',
      async () => {
        await crypto.subtle.digest('SHA-256', new Uint8Array(8));
        return consume();
      },
    ],
    ['timer of the platform', () => new Promise<Action>((resolve) => setTimeout(() => resolve(consume()), 1))],
  ] as const)('labels a handler that uses the %s, with its record', async (resource, handle) => {
    const verdict = await guardDeterminism(scenarioOf(handle), plan, memoryPlace);
    if (verdict.controlled) throw new Error('It should have been found');
    expect(verdict.leaks[0]).toMatchObject({ handler: 'orders', record: 'orders/0/0' });
    expect(verdict.leaks[0]?.resource).toContain(resource);
    expect(verdict.message).toContain(resource);
    expect(verdict.message).toContain('orders/0/0');
  });
});

describe('a campaign', () => {
  const options = { place: memoryPlace, runs: 60, seed: 4 };

  it('labels a scenario that holds and does real I/O', async () => {
    const scenario = scenarioOf(async () => {
      await readFile(new URL(import.meta.url));
      return consume();
    });
    const { report } = await runScenarios([scenario], options);
    expect(report.scenarios[0]).toMatchObject({ passed: true, uncontrolled: expect.stringContaining('file system') });
    const calm = await runScenarios([scenarioOf(consume)], options);
    expect(calm.report.scenarios[0]).toMatchObject({ passed: true });
    expect(calm.report.scenarios[0]).not.toHaveProperty('uncontrolled');
  });

  it('never shows what did not replay as a broken promise', async () => {
    let calls = 0;
    // Something that outlives a run: one record is left to wait for ever, and the next time none is.
    const answer = (): Action => ((calls += 1) === 300 ? skip('for ever', { retryAfterMs: 3_600_000 }) : consume());
    const { report } = await runScenarios([scenarioOf(answer)], options);
    expect(report.scenarios[0]?.failure).toMatchObject({ invariant: 'run-failed', message: expect.stringMatching(/^Uncontrolled: /) });
  });
});
