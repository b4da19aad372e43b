/** The runtime on a transport that costs nothing, with and without an observer. */
import { KafkaManager, consume, defineHandler, kafkaConfig, silentLogger } from '../../src/index.ts';
import { endlessTransport } from './endless-transport.ts';

interface RuntimeAlone {
  readonly records: number;
  readonly partitions: number;
  readonly observed: boolean;
}

const { records, partitions, observed } = JSON.parse(process.argv[2] ?? '') as RuntimeAlone;
const transport = endlessTransport({ topic: 'bench', partitions, recordsPerPartition: records / partitions, batchRecords: 1_000 });
let observations = 0;
let handled = 0;
let startedAt = 0;
let finish: (elapsedMs: number) => void = () => {};
const finished = new Promise<number>((resolve) => {
  finish = resolve;
});
const handler = defineHandler({
  topic: 'bench',
  handle: () => {
    if (handled++ === 0) startedAt = performance.now();
    if (handled === records) finish(performance.now() - startedAt);
    return consume();
  },
});
const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'bench', autoOffsetReset: 'earliest' }), {
  transport,
  logger: silentLogger,
  observers: observed ? [() => observations++] : [],
}).register(handler);
await manager.start();
const elapsedMs = await finished;
await manager.stop();
if (observed && observations < records * 2) throw new Error(`${observations} observations of ${records} records`);
console.log(JSON.stringify({ recordsPerSecond: (records / elapsedMs) * 1000 }));
