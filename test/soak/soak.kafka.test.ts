import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import { playSoak } from '../../scripts/soak/play-soak.ts';
import type { SoakResult } from '../../scripts/soak/judge-soak.ts';
import type { SoakDefect } from '../../scripts/soak/member-life.ts';
import { SOAK_ORDERINGS, soakPlan } from '../../scripts/soak/soak-plan.ts';
import type { SoakOrdering } from '../../scripts/soak/soak-plan.ts';
import type { KafkaInTest } from '../../testing/kafka/kafka-test.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';

const LIMIT_MS = 120_000;
/** What is stuck is said before the test's own time is up. */
const PATIENCE_MS = 40_000;
/** A consumer that commits past the end of the log may stand there for good. */
const PATIENCE_WITH_DEFECT_MS = 10_000;

async function soak(kafka: KafkaInTest, ordering: SoakOrdering, records: number, defect: SoakDefect | null = null): Promise<SoakResult> {
  const plan = soakPlan({ seed: 3, records, steps: 5, partitions: 6, members: 4 });
  const patienceMs = defect === null ? PATIENCE_MS : PATIENCE_WITH_DEFECT_MS;
  return playSoak({ kafka, plan, ordering, defect, patienceMs, progress: () => undefined });
}

for (const ordering of SOAK_ORDERINGS) {
  kafkaTest(
    `${ordering}: every promise holds while processes are killed, stopped, started and sent away`,
    { timeout: LIMIT_MS },
    async ({ kafka }) => {
      const { violations, counts, evictions, directory } = await soak(kafka, ordering, 5_000);
      expect(
        violations.map(({ invariant, message }) => `${invariant}: ${message}`),
        `evidence in ${directory}`,
      ).toEqual([]);
      expect(counts.records).toBe(5_000);
      expect(counts.crashes).toBeGreaterThan(0);
      expect(evictions).toBeGreaterThan(0);
    },
  );
}

const CAUGHT: readonly (readonly [SoakDefect, SoakOrdering, string])[] = [
  ['commits-one-too-far', 'partition', 'commit-past-open'],
  ['keeps-no-order', 'key', 'order-violation'],
];
for (const [defect, ordering, invariant] of CAUGHT) {
  kafkaTest(`${ordering}: a consumer that ${defect.replaceAll('-', ' ')} breaks ${invariant}`, { timeout: LIMIT_MS }, async ({ kafka }) => {
    const { violations, directory } = await soak(kafka, ordering, 2_000, defect);
    await rm(directory, { recursive: true, force: true });
    expect(violations.map((each) => each.invariant)).toContain(invariant);
  });
}
