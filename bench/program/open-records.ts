/** Memory of the runtime with so many records open, done above an open one, or all done. Needs --expose-gc. */
import { KafkaManager, consume, defineHandler, kafkaConfig, silentLogger, skip } from '../../src/index.ts';
import { endlessTransport } from './endless-transport.ts';

interface OpenRecords {
  readonly records: number;
  /** `open`: every record waits after a Skip. `above`: the first does, the others are done. `done`: all are. */
  readonly state: 'open' | 'above' | 'done';
}

const A_LONG_TIME_MS = 3_600_000;
const SETTLE_MS = 500;

const { records, state } = JSON.parse(process.argv[2] ?? '') as OpenRecords;
const transport = endlessTransport({ topic: 'bench', partitions: 1, recordsPerPartition: records, batchRecords: 1_000 });
let handled = 0;
const all = Promise.withResolvers<void>();
const handler = defineHandler({
  topic: 'bench',
  ordering: 'unordered',
  concurrency: 100,
  handle: (_, { record }) => {
    if (++handled === records) all.resolve();
    const isOpen = state === 'open' || (state === 'above' && record.offset === 0);
    return isOpen ? skip('open', { retryAfterMs: A_LONG_TIME_MS }) : consume();
  },
});
const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'bench', autoOffsetReset: 'earliest' }), {
  transport,
  logger: silentLogger,
}).register(handler);
await manager.start();
await all.promise;
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
const collect = (globalThis as { readonly gc?: () => void }).gc;
if (collect === undefined) throw new Error('run this with --expose-gc');
collect();
collect();
const { heapUsed, external } = process.memoryUsage();
console.log(JSON.stringify({ bytes: heapUsed + external }));
process.exit(0);
