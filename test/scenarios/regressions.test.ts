import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commitSemantics } from '../../scenarios/commit-semantics.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { profileScenarios } from '../../scenarios/profile-scenarios.ts';
import { playPlan } from '../../scenarios/run-scenarios.ts';
import { parsePlan } from '../../testing/scenario/parse-plan.ts';

/** Shrunk plans that broke a promise once: in the runtime, the broker core, the memory client or the checker. Their names say what was wrong. */
const folder = new URL('./regressions/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('plans that broke a promise once', () => {
  it.each(files)('%s', async (file) => {
    const plan = parsePlan(JSON.parse(readFileSync(new URL(file, folder), 'utf8')), file);
    const scenario = [...commitSemantics, ...profileScenarios].find(({ name }) => name === plan.scenario);
    if (scenario === undefined) throw new Error(`${file} is of scenario ${plan.scenario}, which is not there any more`);
    const { verdict, traceHash } = await playPlan(scenario, plan, memoryPlace);
    expect(verdict.violations).toEqual([]);
    expect((await playPlan(scenario, plan, memoryPlace)).traceHash).toBe(traceHash);
  });
});
