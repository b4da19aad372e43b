/** How many events the checker judges in a second, and what memory that takes: a correct history of the given size. */
import { checkHistory } from '../../testing/checker/check-history.ts';
import { LegalGroup } from '../../test/checker/legal-history.ts';

const { events, partitions } = JSON.parse(process.argv[2] ?? '{}') as { readonly events: number; readonly partitions: number };

/** Numerical Recipes' linear congruential generator: any mixture will do, as long as it is the same. */
let state = 1;
function next(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state >>> 8;
}

const group = new LegalGroup(partitions);
while (group.size < events) group.step(next());
const history = group.finish();
const heapBefore = process.memoryUsage().heapUsed;
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const { violations, evaluated } = checkHistory(history);
const seconds = (performance.now() - startedAt) / 1000;
const { user } = process.cpuUsage(cpuBefore);
if (violations.length > 0) throw new Error(`A correct history was judged wrong: ${violations[0]?.message}`);
console.log(
  JSON.stringify({
    eventsPerSecond: history.events.length / seconds,
    seconds,
    cpuSeconds: user / 1e6,
    events: history.events.length,
    judgements: Object.values(evaluated).reduce((sum, count) => sum + count, 0),
    heapMb: Math.round((process.memoryUsage().heapUsed - heapBefore) / 1e6),
  }),
);
