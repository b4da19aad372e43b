/** Throughput in order `unordered` with the first record open all the time, or not, on a transport that costs nothing. */
import { KafkaManager, consume, defineHandler, kafkaConfig, silentLogger } from '../../src/index.ts';
import type { Action } from '../../src/index.ts';
import { endlessTransport } from './endless-transport.ts';

interface AboveOneOpen {
  readonly records: number;
  readonly isStuck: boolean;
}

const { records, isStuck } = JSON.parse(process.argv[2] ?? '') as AboveOneOpen;
const { promise: stuck, resolve: release } = Promise.withResolvers<Action>();
const { promise: finished, resolve: finish } = Promise.withResolvers<number>();
let handled = 0;
let startedAt = 0;
const handler = defineHandler({
  topic: 'bench',
  ordering: 'unordered',
  handle: (_value, { record }) => {
    if (handled++ === 0) startedAt = performance.now();
    if (handled === records) finish(performance.now() - startedAt);
    return isStuck && record.offset === 0 ? stuck : consume();
  },
});
const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'bench', autoOffsetReset: 'earliest' }), {
  transport: endlessTransport({ topic: 'bench', partitions: 1, recordsPerPartition: records, batchRecords: 1_000 }),
  logger: silentLogger,
  limits: { openWindow: records + 1 },
}).register(handler);
await manager.start();
const elapsedMs = await finished;
release(consume());
await manager.stop();
console.log(JSON.stringify({ recordsPerSecond: (records / elapsedMs) * 1000 }));
