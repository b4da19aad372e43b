import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { commitSemantics } from '../../scenarios/commit-semantics.ts';
import { kafkaPlace } from '../../scenarios/kafka-place.ts';
import { playPlan, runScenarios } from '../../scenarios/run-scenarios.ts';
import { addCounts, noCounts } from '../../testing/report/counts.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { parsePlan } from '../../testing/scenario/parse-plan.ts';

const RUNS = 3;
const TIMEOUT_MS = 120_000;

describe('the runtime on real Kafka, by the same generator', () => {
  let total = noCounts();
  for (const scenario of commitSemantics) {
    kafkaTest(
      `keeps its promises: ${scenario.name}`,
      async ({ kafka }) => {
        const { report } = await runScenarios([scenario], { place: kafkaPlace(kafka), runs: RUNS, seed: 7 });
        const [only] = report.scenarios;
        expect(only?.failure).toBeUndefined();
        total = addCounts(total, only?.counts ?? noCounts());
        expect(only?.counts).toMatchObject({
          records: expect.toSatisfy((count: number) => count > 0),
          commits: expect.toSatisfy((count: number) => count > 0),
        });
      },
      TIMEOUT_MS,
    );
  }

  kafkaTest('and the runs together saw skips, rejects, crashes, rebalances and faults', ({ kafka }) => {
    expect(kafka.available).toBe(true);
    for (const what of ['skips', 'rejects', 'failures', 'redeliveries', 'tombstones', 'crashes', 'rebalances', 'commits'] as const) {
      expect(total[what], what).toBeGreaterThan(0);
    }
    // Options of handlers reach them there as well.
    for (const name of ['concurrency-limit', 'retry-limit', 'batch-answer', 'lost-reject', 'false-ledger'] as const)
      expect(total.invariants[name], name).toBeGreaterThan(0);
    expect(Object.values(total.faults).reduce((sum, fired) => sum + fired, 0)).toBeGreaterThan(0);
  });
});

/** Plans that broke on real Kafka only. Their names say what was wrong. */
const folder = new URL('./regressions-on-kafka/', import.meta.url);

describe('plans that broke a promise on real Kafka once', () => {
  for (const file of readdirSync(folder)) {
    kafkaTest(
      file,
      async ({ kafka }) => {
        const plan = parsePlan(JSON.parse(readFileSync(new URL(file, folder), 'utf8')), file);
        const scenario = commitSemantics.find(({ name }) => name === plan.scenario);
        if (scenario === undefined) throw new Error(`${file} is of scenario ${plan.scenario}, which is not there any more`);
        const { verdict } = await playPlan(scenario, plan, kafkaPlace(kafka));
        expect(verdict.violations).toEqual([]);
      },
      TIMEOUT_MS,
    );
  }
});
