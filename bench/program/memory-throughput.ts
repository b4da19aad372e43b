/**
 * The whole in-memory path: stage, memory client with group membership and fetches, broker core, runtime, one handler call
 * and one observation stream read to the end. The handler has nothing to do.
 */
import { consume, defineHandler } from '../../src/index.ts';
import { rehearse } from '../../testing/index.ts';

interface MemoryThroughput {
  readonly records: number;
  readonly partitions: number;
}

const { records, partitions } = JSON.parse(process.argv[2] ?? '') as MemoryThroughput;
const CHUNK = 50_000;

let handled = 0;
let startedAt = 0;
let elapsedMs = 0;
const handler = defineHandler({
  topic: 'bench',
  handle: () => {
    if (handled++ === 0) startedAt = performance.now();
    if (handled === records) elapsedMs = performance.now() - startedAt;
    return consume();
  },
});
const value = Buffer.alloc(100, 'x');
const stage = await rehearse({ handlers: [handler], topics: [{ name: 'bench', partitions }], start: false });
for (let produced = 0; produced < records; produced += CHUNK) {
  await stage.produce(
    'bench',
    Array.from({ length: Math.min(CHUNK, records - produced) }, (_, index) => ({ value, partition: index % partitions })),
  );
}
await stage.start();
await stage.idle();
console.log(JSON.stringify({ recordsPerSecond: (records / elapsedMs) * 1000, peakMegabytes: process.resourceUsage().maxRSS / 1024 }));
