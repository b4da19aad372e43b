import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory, INVARIANTS } from '../../testing/checker/check-history.ts';
import type { HistoryEvent } from '../../testing/checker/history.ts';
import type { Invariant } from '../../testing/checker/invariant.ts';
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

/** The same invariant, which is shown every event of the history. */
function allEyes(invariant: Invariant): Invariant {
  return {
    ...invariant,
    watch: (state, judge) => ({ ...invariant.watch(state, judge), kinds: [...new Set(state.history.events.map(({ kind }) => kind))] }),
  };
}

describe('the kinds of events that an invariant looks at', () => {
  it('are all that it goes by, also in a history from which events are missing', () => {
    let broken = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        choices,
        fc.array(fc.nat({ max: 10_000 }), { maxLength: 6 }),
        (partitions, list, taken) => {
          const history = play(partitions, list);
          const { length } = history.events;
          const missing = new Set(taken.map((index) => index % length));
          const torn = { ...history, events: history.events.filter((_, index) => !missing.has(index)) };
          const verdict = checkHistory(torn);
          expect(verdict).toEqual(checkHistory(torn, INVARIANTS.map(allEyes)));
          if (verdict.violations.length > 0) broken += 1;
        },
      ),
      { numRuns: 400, seed: 44 },
    );
    expect(broken).toBeGreaterThan(100);
  });
});
