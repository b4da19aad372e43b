import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../testing/checker/check-history.ts';
import type { HistoryEvent } from '../../testing/checker/history.ts';
import { LegalGroup } from './legal-history.ts';

const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 120, size: 'max' });

function play(partitions: number, list: readonly number[]) {
  const group = new LegalGroup(partitions);
  for (const choice of list) group.step(choice);
  return group.finish();
}

describe('a correct history', () => {
  it('passes under any legal interleaving', () => {
    const judged = new Map<string, number>();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), choices, (partitions, list) => {
        const { violations, evaluated } = checkHistory(play(partitions, list));
        expect(violations).toEqual([]);
        for (const [name, count] of Object.entries(evaluated)) judged.set(name, (judged.get(name) ?? 0) + count);
      }),
      { numRuns: 400, seed: 42 },
    );
    for (const name of [
      'commit-past-open',
      'unbounded-redelivery',
      'lost-reject',
      'duplicate',
      'wrong-start',
      'commit-lag',
      'poll-skip',
      'overlap',
    ])
      expect(judged.get(name), name).toBeGreaterThan(0);
  });

  it('fails once an answer that was committed is taken out of it', () => {
    let caught = 0;
    fc.assert(
      fc.property(choices, (list) => {
        const history = play(1, list);
        const index = history.events.findIndex((event) => event.kind === 'call-ended' && event.outcome === 'consume');
        if (index < 0) return;
        const skipped = { ...(history.events[index] as Extract<HistoryEvent, { readonly kind: 'call-ended' }>), outcome: 'skip' } as const;
        const { offset } = skipped;
        const later = history.events.slice(index + 1).some((event) => event.kind === 'call-started' && event.offset === offset);
        if (later) return;
        const { violations } = checkHistory({ ...history, events: history.events.with(index, skipped) });
        expect(violations.length).toBeGreaterThan(0);
        caught += 1;
      }),
      { numRuns: 200, seed: 43 },
    );
    expect(caught).toBeGreaterThan(50);
  });
});
