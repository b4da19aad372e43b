import { describe, expect } from 'vitest';
import { commitSemantics } from '../../scenarios/commit-semantics.ts';
import { kafkaPlace } from '../../scenarios/kafka-place.ts';
import { runScenarios } from '../../scenarios/run-scenarios.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';

const RUNS = 3;
const TIMEOUT_MS = 120_000;

describe('the runtime on real Kafka, by the same generator', () => {
  for (const scenario of commitSemantics) {
    kafkaTest(
      `keeps its promises: ${scenario.name}`,
      async ({ kafka }) => {
        const { report } = await runScenarios([scenario], { place: kafkaPlace(kafka), runs: RUNS, seed: 7 });
        expect(report.scenarios[0]?.failure).toBeUndefined();
        expect(report.scenarios[0]?.counts).toMatchObject({
          records: expect.toSatisfy((count: number) => count > 0),
          commits: expect.toSatisfy((count: number) => count > 0),
        });
      },
      TIMEOUT_MS,
    );
  }
});

describe('the bug zoo on real Kafka', () => {
  for (const entry of bugZoo.filter(({ onKafka }) => onKafka)) {
    kafkaTest(
      `#${entry.id} is caught there too, by ${entry.invariant}`,
      async ({ kafka }) => {
        const { report } = await runScenarios([entry.scenario], { place: kafkaPlace(kafka), runs: 10, seed: 1 });
        expect(report.scenarios[0]?.failure?.invariant).toBe(entry.invariant);
      },
      TIMEOUT_MS,
    );
  }
});
