import { describe, expect, it } from 'vitest';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { measureEntry } from '../../scenarios/zoo/measure-entry.ts';

const SEED = 1;
const TWIN_RUNS = 30;
/** What a reader may be asked to follow. A seed may be unlucky: the median over ten of them stands in docs/bug-zoo.md. */
const MAX_STEPS = 14;
const TIMEOUT_MS = 60_000;

/** Entries from `first` to `last`, each with one seed. Several files share the zoo, so that they run side by side. */
export function exhibitTests(first: number, last: number): void {
  const entries = bugZoo.filter(({ id }) => id >= first && id <= last);
  describe.each(entries.map((entry) => [entry.id, entry.name, entry] as const))('zoo #%i: %s', (_id, _name, entry) => {
    it(
      'is caught, named and shrunk, and its twin holds',
      async () => {
        const measure = await measureEntry(entry, { place: memoryPlace, seed: SEED, twinRuns: TWIN_RUNS });
        expect(measure.caught, measure.message ?? `not caught in ${measure.runs} runs`).toBe(true);
        expect(measure.steps).toBeLessThanOrEqual(MAX_STEPS);
        expect(measure.twinMessage).toBeNull();
      },
      TIMEOUT_MS,
    );
  });
}
