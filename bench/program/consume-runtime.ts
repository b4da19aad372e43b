/** The runtime on the kafkajs transport: a handler that has nothing to do, and an observer that waits for the commits. */
import { KafkaManager, consume, defineHandler, kafkaConfig } from '../../src/index.ts';
import { ConsumptionMeter } from './consumption.ts';
import type { Consumption } from './consumption.ts';

const { brokers, topic, groupId, records } = JSON.parse(process.argv[2] ?? '') as Consumption;
const meter = new ConsumptionMeter(records);
const handler = defineHandler({
  topic,
  handle: () => {
    meter.start();
    return consume();
  },
});
const config = kafkaConfig({ enabled: true, brokers, groupId, autoOffsetReset: 'earliest', sessionTimeoutMs: 30_000, logLevel: 'error' });
const committed = new Map<number, number>();
const manager = new KafkaManager(config, {
  observers: [
    (seen) => {
      if (seen.kind !== 'commit-settled' || seen.outcome !== 'acknowledged') return;
      meter.committed(seen.offset - (committed.get(seen.partition) ?? 0));
      committed.set(seen.partition, seen.offset);
    },
  ],
}).register(handler);
await manager.start({ timeoutMs: 30_000 });
const figures = await meter.finished;
const { open } = await manager.stop();
if (open.length > 0) throw new Error(`not everything is committed: ${JSON.stringify(open)}`);
console.log(JSON.stringify(figures));
