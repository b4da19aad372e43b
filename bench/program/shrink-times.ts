/** How long each bug of the zoo takes from its first failure to its smallest plan. */
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { measureEntry } from '../../scenarios/zoo/measure-entry.ts';

const { seed } = JSON.parse(process.argv[2] ?? '') as { readonly seed: number };

const entries: { readonly id: number; readonly ms: number; readonly steps: number | null }[] = [];
for (const entry of bugZoo) {
  const { shrinkMs, steps } = await measureEntry(entry, { place: memoryPlace, seed, twinRuns: 1 });
  entries.push({ id: entry.id, ms: shrinkMs, steps });
}
console.log(JSON.stringify({ entries }));
