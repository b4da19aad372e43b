import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../testing/checker/check-history.ts';
import type { InvariantName } from '../../testing/checker/violation.ts';
import { LegalLanes, type Defect } from './legal-lanes.ts';

const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 40, maxLength: 160, size: 'max' });
const ORDERINGS = ['partition', 'key', 'unordered'] as const;

function play(ordering: (typeof ORDERINGS)[number], list: readonly number[], defect: Defect | null = null) {
  const lanes = new LegalLanes(ordering, defect);
  for (const choice of list) lanes.step(choice);
  return checkHistory(lanes.finish());
}

describe.each(ORDERINGS)('a correct history in %s order', (ordering) => {
  it('passes under any legal interleaving', () => {
    const judged = new Map<string, number>();
    fc.assert(
      fc.property(choices, (list) => {
        const { violations, evaluated } = play(ordering, list);
        expect(violations).toEqual([]);
        for (const [name, count] of Object.entries(evaluated)) judged.set(name, (judged.get(name) ?? 0) + count);
      }),
      { numRuns: 250, seed: 42 },
    );
    const asked: readonly InvariantName[] = [
      'commit-past-open',
      'lost-reject',
      'false-letter',
      'unbounded-redelivery',
      'overlap',
      'batch-answer',
      'retry-limit',
      'concurrency-limit',
      'rate-limit',
      'open-window',
      ...(ordering === 'unordered' ? [] : (['order-violation'] as const)),
      ...(ordering === 'partition' ? [] : (['false-ledger', 'ledger-lag'] as const)),
    ];
    for (const name of asked) expect(judged.get(name), name).toBeGreaterThan(0);
  });
});

/** What each defect is caught by; a history may break more than that. */
const CAUGHT_BY: Readonly<Record<Defect, InvariantName>> = {
  'forgets an open record': 'order-violation',
  'claims a record too many': 'false-ledger',
  'commits before the letter': 'commit-past-open',
  'overdraws the bucket': 'rate-limit',
  'believes a late answer': 'commit-past-open',
  'makes a call too many': 'concurrency-limit',
  'tries once too often': 'retry-limit',
  'fetches beyond the window': 'open-window',
  'does not believe the ledger': 'unbounded-redelivery',
  'never writes the ledger': 'ledger-lag',
};

describe('a consumer with one defect', () => {
  it.each(Object.entries(CAUGHT_BY) as [Defect, InvariantName][])('that %s is caught by %s', (defect, invariant) => {
    let caught = 0;
    for (const list of fc.sample(choices, { numRuns: 150, seed: 7 }))
      if (play('key', list, defect).violations.some((violation) => violation.invariant === invariant)) caught += 1;
    expect(caught).toBeGreaterThan(0);
  });
});
