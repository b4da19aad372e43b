import { expect, test } from 'vitest';
import { BatchCallContext } from '../../src/consumer/batch-call-context.ts';
import type { ContextServices } from '../../src/consumer/delivery-context.ts';
import type { Handler } from '../../src/handler.ts';
import { consumed, recordingLogger, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

/** What `defineBatchHandler` never makes, and a handler by hand may. */
async function living(processBatch: Handler['processBatch'] | undefined): Promise<Rig & { readonly calls: number[][] }> {
  const calls: number[][] = [];
  const made = rig(() => consumed, {
    handler: {
      retry: { initialDelayMs: 100, maxDelayMs: 100, factor: 1, jitter: 'none' },
      batch: { maxRecords: 3, maxBytes: 1_000, lingerMs: 0 },
      ...(processBatch === undefined
        ? {}
        : {
            processBatch: (contexts, context) => {
              calls.push(contexts.map((each) => each.record.offset));
              return processBatch(contexts, context);
            },
          }),
    },
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  const records = ['a', 'b', 'a', 'b'].map((key, offset) => record(offset, { key: Buffer.from(key) }));
  made.transport.batch(batchOf(0, 4, { epoch: 1, records }));
  await made.clock.settle();
  return { ...made, calls };
}

const messages = ({ kinds }: Rig): readonly string[] =>
  kinds('failed').map((each) => (each as unknown as { error: { message: string } }).error.message);

test('fewer answers than records are a failure of each, and none is done', async () => {
  let isRight = false;
  const life = await living((contexts) => Promise.resolve(isRight ? contexts.map(() => consumed) : [consumed]));
  expect(messages(life)).toEqual(Array.from({ length: 3 }, () => 'The handler gave 1 answers for a batch of 3 records.'));
  expect(life.kinds('failed')).toMatchObject([0, 1, 2].map((offset) => ({ offset, error: { code: 'HANDLER_INVALID' } })));
  expect(life.transport.committed).toEqual([]);
  isRight = true;
  await life.clock.advance(1_000);
  // In the order of the partition, where a handler says nothing else: whatever the keys.
  expect(life.calls).toEqual([[0, 1, 2], [0, 1, 2], [3]]); // prettier-ignore
  expect(life.transport.committed.at(-1)).toBe('orders/0@4');
});

test('a throw is a failure of each', async () => {
  const life = await living(() => {
    throw new RangeError('broken');
  });
  expect(messages(life)).toEqual(['broken', 'broken', 'broken']);
  expect(life.transport.committed).toEqual([]);
});

test('no function at all is a failure of each', async () => {
  const life = await living(undefined);
  expect(messages(life)).toEqual(Array.from({ length: 3 }, () => 'The handler gave 0 answers for a batch of 3 records.'));
});

test('its context has the clock and the producer of its records, and one logger', async () => {
  const seen: unknown[] = [];
  const life = await living((contexts, context) => {
    seen.push([context.clock.now(), context.producer === contexts[0]?.producer, context.logger === context.logger]);
    context.logger.info({}, 'here');
    return contexts.map(() => consumed);
  });
  expect(seen[0]).toEqual([life.clock.now(), true, true]);
  expect(life.logs.map(({ message }) => message)).toContain('here');
});

test('its logger names the first of its records and how many there are', () => {
  const bindings: unknown[] = [];
  const logger = recordingLogger([]);
  const services = { clock: {}, producer: {}, logger: { ...logger, child: (given: unknown) => (bindings.push(given), logger) } };
  const context = new BatchCallContext(services as unknown as ContextServices, record(4), 3);
  expect([context.logger, context.logger]).toEqual([logger, logger]);
  expect(bindings).toEqual([{ topic: 'orders', partition: 0, offset: 4, records: 3 }]);
});

test('partitions take turns by records, not by calls', async () => {
  const calls: number[] = [];
  const { clock, transport, consumer } = rig(() => consumed, {
    handler: {
      ordering: 'unordered',
      batch: { maxRecords: 100, maxBytes: 1_000_000, lingerMs: 0 },
      processBatch: (contexts) => {
        calls.push(contexts[0]?.record.partition ?? -1);
        return contexts.map(() => consumed);
      },
    },
    options: { queueHighRecords: 10_000 },
    topics: { orders: { partitions: 2 } },
  });
  transport.firstAssignment = [0, 1].map((partition) => assigned({ partition, epoch: partition + 1, committedOffset: 0 }));
  void consumer.start();
  await clock.settle();
  for (const partition of [0, 1]) transport.batch(batchOf(0, 2_000, { partition, epoch: partition + 1 }));
  await clock.settle();
  expect(calls).toHaveLength(40);
  // 256 records at a time, of which each is looked at twice: when it is taken from the queue, and when it goes into a call.
  const longest = calls
    .join('')
    .split(/(?<=0)(?=1)|(?<=1)(?=0)/)
    .map((row) => row.length);
  expect(Math.max(...longest)).toBeLessThanOrEqual(3);
});
