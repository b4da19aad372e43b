import { expect, test } from 'vitest';
import { soakPlan, soakRecord, TROUBLE_KINDS } from '../../scripts/soak/soak-plan.ts';
import { randomStream } from '../../testing/simulation/random.ts';

const OPTIONS = { seed: 7, records: 10_003, steps: 40, partitions: 6, members: 4 };

test('the seed decides everything, and another seed something else', () => {
  expect(soakPlan(OPTIONS)).toEqual(soakPlan(OPTIONS));
  expect(soakPlan({ ...OPTIONS, seed: 8 })).not.toEqual(soakPlan(OPTIONS));
});

test('no record is left out, and no kind of trouble', () => {
  const { steps } = soakPlan(OPTIONS);
  expect(steps.reduce((sum, { records }) => sum + records, 0)).toBe(OPTIONS.records);
  for (const kind of TROUBLE_KINDS) expect(steps.some(({ trouble }) => trouble.kind === kind)).toBe(true);
});

test('trouble befalls only who is up, and somebody always is', () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = soakPlan({ ...OPTIONS, seed });
    const up = new Set(plan.first);
    for (const { trouble } of plan.steps) {
      expect(up.has(trouble.member)).toBe(trouble.kind !== 'join');
      if (trouble.kind === 'join') up.add(trouble.member);
      if (trouble.kind === 'kill' || trouble.kind === 'leave') up.delete(trouble.member);
      expect(up.size).toBeGreaterThan(0);
    }
  }
});

test('records: a key stays in its partition; some are skipped, fail, are slow, are rejected', () => {
  const random = randomStream(1, 'workload', 'records');
  const records = Array.from({ length: 20_000 }, () => soakRecord(random, 6));
  const places = new Map<string, number>();
  for (const { key, partition } of records)
    if (key !== null) expect(places.set(key, places.get(key) ?? partition).get(key)).toBe(partition);
  const share = (has: (record: (typeof records)[number]) => boolean): number => records.filter(has).length / records.length;
  expect(share(({ script }) => (script.skips ?? 0) > 0)).toBeGreaterThan(0.01);
  expect(share(({ script }) => (script.failures ?? 0) > 0)).toBeGreaterThan(0.01);
  expect(share(({ script }) => (script.workMs ?? 0) >= 50)).toBeGreaterThan(0.002);
  expect(share(({ script }) => script.reject === true)).toBeGreaterThan(0.005);
  expect(share(({ key }) => key === null)).toBeGreaterThan(0.005);
});
