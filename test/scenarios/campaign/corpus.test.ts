import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Corpus } from '../../../scenarios/campaign/corpus.ts';
import { PlanSource } from '../../../scenarios/campaign/plan-source.ts';
import { splicePlans } from '../../../scenarios/campaign/splice-plans.ts';
import { commitSemantics } from '../../../scenarios/commit-semantics.ts';
import { loadFastCheck } from '../../../scenarios/load-fast-check.ts';
import { memoryPlace } from '../../../scenarios/memory-place.ts';
import { playPlan, runScenarios } from '../../../scenarios/run-scenarios.ts';
import { bugZoo } from '../../../scenarios/zoo/index.ts';
import { parsePlan } from '../../../testing/scenario/parse-plan.ts';
import type { Plan } from '../../../testing/scenario/plan.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-corpus-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const everything = commitSemantics.find(({ name }) => name === 'everything') ?? expect.fail('no such scenario');

describe('a corpus', () => {
  it('gets the plans that show something new, and is played first by the next campaign', async () => {
    const directory = join(root, 'grown');
    const first = await Corpus.open(directory);
    expect(first.plans).toEqual({});
    const campaign = { place: memoryPlace, runs: 12, seed: 2 };
    await runScenarios([everything], { ...campaign, corpus: first });
    const added = await first.save();
    expect(added).toBeGreaterThan(2);
    expect(await readdir(join(directory, 'everything'))).toHaveLength(added);

    const second = await Corpus.open(directory);
    const { report } = await runScenarios([everything], { ...campaign, corpus: second });
    expect(report.scenarios[0]).toMatchObject({ runs: 12 + added, passed: true });
    // What the campaign finds changes nothing in what it plays.
    expect(second.plans['everything']).toHaveLength(added);
    const third = await Corpus.open(directory);
    const again = await runScenarios([everything], { ...campaign, corpus: third });
    expect(again.report.scenarios).toEqual(report.scenarios);
  });

  it('keeps the shrunk plan of a failure, which the next campaign meets first', async () => {
    const directory = join(root, 'failures');
    const { scenario, caughtWithin } = bugZoo.find(({ id }) => id === 1) ?? expect.fail('no such entry');
    const corpus = await Corpus.open(directory);
    await runScenarios([scenario], { place: memoryPlace, runs: caughtWithin, seed: 1, corpus });
    await corpus.save();
    const { report } = await runScenarios([scenario], { place: memoryPlace, runs: 5, seed: 99, corpus: await Corpus.open(directory) });
    expect(report.scenarios[0]).toMatchObject({ runs: 1, failure: { invariant: 'commit-past-open', run: 0 } });
  });

  it('starts some of the generated plans from its own; each can be played', async () => {
    const fc = await loadFastCheck();
    const bare = new PlanSource(fc, everything, memoryPlace, 5);
    const saved = [bare.draw(3).plan, bare.draw(7).plan];
    const plans = new PlanSource(fc, everything, memoryPlace, 5, saved);
    expect([plans.draw(0).plan, plans.draw(1).plan]).toEqual(saved);
    const drawn = Array.from({ length: 20 }, (_, run) => ({ plan: plans.draw(run + 2).plan, bare: bare.draw(run).plan }));
    const spliced = drawn.filter(({ plan, bare: own }) => JSON.stringify(plan) !== JSON.stringify(own));
    expect(spliced.length).toBeGreaterThan(1);
    expect(spliced.length).toBeLessThan(15);
    for (const { plan } of spliced.slice(0, 4)) expect((await playPlan(everything, plan, memoryPlace)).verdict.violations).toEqual([]);
  });

  it('goes on as another plan with the options of both, and with no fault of dead letters that there are none of', async () => {
    const plans = new PlanSource(await loadFastCheck(), everything, memoryPlace, 7);
    const drawn = Array.from({ length: 300 }, (_, run) => plans.draw(run).plan);
    const spliced = drawn.slice(1).map((plan, index) => splicePlans(plan, drawn[index] ?? plan, index));
    for (const plan of spliced) expect(parsePlan(plan)).toEqual(plan);
    const letters = (plan: Plan): boolean => plan.faults.some(({ fault }) => fault.topic?.endsWith('.dead') === true);
    expect(spliced.filter(letters).length).toBeGreaterThan(3);
    const [first, second] = drawn.filter(({ config }) => config.topics[0]?.handler !== undefined) as [Plan, Plan];
    expect(splicePlans(first, second, 1).config.topics[0]?.handler).toEqual(first.config.topics[0]?.handler);
  });

  it('refuses a file that is no plan, by its name', async () => {
    const directory = join(root, 'wrong');
    const corpus = await Corpus.open(directory);
    corpus.addFailure('everything', 'stuck', (await new PlanSource(await loadFastCheck(), everything, memoryPlace, 1).draw(0)).plan);
    await corpus.save();
    await writeFile(join(directory, 'everything', 'zzz.json'), '{"plan": 3}');
    await expect(Corpus.open(directory)).rejects.toThrow(/zzz\.json is no plan of a corpus/);
  });
});
