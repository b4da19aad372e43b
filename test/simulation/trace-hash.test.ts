import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { playPlan } from '../../scenarios/play-plan.ts';
import { profileScenarios } from '../../scenarios/profile-scenarios.ts';
import { PLAN_VERSION, type Plan } from '../../testing/scenario/plan.ts';

/** With a crash, a rebalance, back-offs, lost requests and choices: whatever could differ from machine to machine. */
const plan: Plan = {
  version: PLAN_VERSION,
  scenario: 'under-everything',
  config: {
    seed: 42,
    brokers: 2,
    topics: [{ name: 'orders', partitions: 3 }],
    offsetReset: 'earliest',
    sessionTimeoutMs: 6_000,
    replicationFactor: 2,
  },
  ops: [
    { op: 'join', member: 'a' },
    { op: 'join', member: 'b' },
    ...Array.from({ length: 12 }, (_, index) => ({
      op: 'produce' as const,
      topic: 'orders',
      partition: index % 3,
      key: `k${index % 4}`,
      value: `ü${index}`,
      script: { skips: index % 3, failures: index % 2, slowMs: (index % 4) * 100 },
    })),
    { op: 'wait', ms: 900 },
    { op: 'crash', member: 'a' },
    { op: 'wait', ms: 100 },
    { op: 'join', member: 'c' },
  ],
  faults: [
    { afterOps: 3, fault: { kind: 'commit-reply-lost', times: 2 } },
    { afterOps: 6, fault: { kind: 'connection-cut', api: 'Fetch', done: true } },
    { afterOps: 9, fault: { kind: 'leader-moved', topic: 'orders', partition: 1, afterEvents: 20 } },
  ],
  choices: [2, 0, 1, 3, 0, 0, 4, 1, 1, 2, 5],
};

async function hashHere(): Promise<string> {
  const scenario = profileScenarios.find(({ name }) => name === plan.scenario);
  if (scenario === undefined) throw new Error('no such scenario');
  const result = await playPlan(scenario, plan, memoryPlace);
  expect(result.verdict.violations).toEqual([]);
  return result.traceHash;
}

async function hashElsewhere(): Promise<string> {
  const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));
  const program = `
    import { memoryPlace } from ${JSON.stringify(`${folder}memory-place.ts`)};
    import { playPlan } from ${JSON.stringify(`${folder}play-plan.ts`)};
    import { profileScenarios } from ${JSON.stringify(`${folder}profile-scenarios.ts`)};
    const plan = ${JSON.stringify(plan)};
    const result = await playPlan(profileScenarios.find(({ name }) => name === plan.scenario), plan, memoryPlace);
    console.log(result.traceHash);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', NODE_NO_WARNINGS: '1' },
  });
  return stdout.trim();
}

describe('the trace hash', () => {
  it('is the same over and over, and in another process with another time zone and language', async () => {
    const hash = await hashHere();
    expect(await hashHere()).toBe(hash);
    expect(await hashElsewhere()).toBe(hash);
  });

  it('is another for another choice', async () => {
    const scenario = profileScenarios.find(({ name }) => name === plan.scenario);
    if (scenario === undefined) throw new Error('no such scenario');
    const { traceHash } = await playPlan(scenario, { ...plan, choices: [] }, memoryPlace);
    expect(traceHash).not.toBe(await hashHere());
  });
});
