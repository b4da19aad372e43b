/** The runtime on the kafkajs transport with one optional feature, or without. */
import { Registry } from 'prom-client';
import * as v from 'valibot';
import { KafkaManager, consume, defineHandler, kafkaConfig } from '../../src/index.ts';
import type { Action, Handler } from '../../src/index.ts';
import { kafkaMetrics } from '../../src/metrics/index.ts';
import type { Feature } from '../features/features.ts';
import { Tally, taskOfArguments } from '../peers/program/tally.ts';

/** With the ledger something has to be open: one record in so many takes so long. */
const SLOW_ONE_IN = 1_000;
const SLOW_MS = 5;

const task = taskOfArguments();
const { brokers, topic, groupId } = task;
const feature = task.settings['feature'] as Feature;
const tally = new Tally(task);

const handled = (partition: number, offset: number): Action => {
  tally.begin();
  tally.done(partition, offset);
  return consume();
};

const Order = v.object({ id: v.number(), customer: v.string(), amount: v.number(), note: v.string() });

function handler(): Handler {
  switch (feature) {
    case 'json':
      return defineHandler({
        topic,
        transform: (record) => JSON.parse(Buffer.from(record.value).toString()) as unknown,
        handle: (_, { record }) => handled(record.partition, record.offset),
      });
    case 'json-schema':
      return defineHandler({ topic, schema: Order, handle: (_, { record }) => handled(record.partition, record.offset) });
    case 'unordered':
    case 'unordered-ledger':
      return defineHandler({
        topic,
        ordering: 'unordered',
        concurrency: 100,
        handle: (_, { record: { partition, offset } }) => {
          if (offset % SLOW_ONE_IN !== 0) return handled(partition, offset);
          return new Promise((resolve) => setTimeout(() => resolve(handled(partition, offset)), SLOW_MS));
        },
      });
    case 'bytes':
    case 'metrics':
      return defineHandler({ topic, handle: (_, { record }) => handled(record.partition, record.offset) });
  }
}

const metrics = feature === 'metrics' ? kafkaMetrics({ registry: new Registry() }) : null;
const manager = new KafkaManager(
  kafkaConfig({ enabled: true, brokers, groupId, autoOffsetReset: 'earliest', sessionTimeoutMs: 30_000, logLevel: 'error' }),
  { observers: metrics === null ? [] : [metrics.observer], durableLedger: feature !== 'unordered' },
).register(handler());
metrics?.bind(manager);
await manager.start({ timeoutMs: 30_000 });
