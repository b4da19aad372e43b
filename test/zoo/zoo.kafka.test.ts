import { describe, expect, it } from 'vitest';
import { kafkaPlace } from '../../scenarios/kafka-place.ts';
import { playPlan } from '../../scenarios/run-scenarios.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { kafkaPlan } from './kafka-plans.ts';

const TIMEOUT_MS = 120_000;

/** These never drain, and last until the time for that is up: they begin first. */
const LONG: readonly number[] = [35, 37];
const entries = bugZoo
  .filter(({ onKafka }) => onKafka)
  .toSorted((left, right) => Number(LONG.includes(right.id)) - Number(LONG.includes(left.id)));

// Side by side: they wait much and do little, each in topics and a group of its own.
describe.concurrent('the bug zoo on real Kafka', () => {
  for (const entry of entries) {
    kafkaTest(
      `#${entry.id} breaks ${entry.invariant} there too, and its twin holds`,
      async ({ kafka, expect }) => {
        const plan = kafkaPlan(entry.id) ?? expect.fail('There is no plan for real Kafka');
        const place = kafkaPlace(kafka);
        const [broken, mended] = await Promise.all([playPlan(entry.scenario, plan, place), playPlan(entry.twin, plan, place)]);
        expect(broken.verdict.violations.map(({ invariant }) => invariant)).toContain(entry.invariant);
        expect(mended.verdict.violations).toEqual([]);
      },
      TIMEOUT_MS,
    );
  }
});

describe('the plans for real Kafka', () => {
  it('are those of the entries that can be shown there', () => {
    const planned = Array.from({ length: 39 }, (_, id) => id).filter((id) => kafkaPlan(id) !== null);
    expect(planned).toEqual(bugZoo.filter(({ onKafka }) => onKafka).map(({ id }) => id));
  });
});
