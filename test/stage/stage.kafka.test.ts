import { expect } from 'vitest';
import '../../testing/vitest/index.ts';
import { consume, defineHandler, skip } from '../../src/index.ts';
import { rehearse } from '../../testing/index.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';

kafkaTest('the same stage on a real Kafka: idle is lag 0, in real time; old records are not delivered', async ({ kafka }) => {
  const orders = kafka.topicName();
  const receipts = kafka.topicName();
  const delivered: string[] = [];
  const handler = defineHandler({
    topic: orders,
    async handle(value, { attempt, producer }) {
      const text = Buffer.from(value ?? []).toString();
      delivered.push(text);
      if (text === 'b' && attempt < 3) return skip('busy', { retryAfterMs: 50 });
      await producer.send(receipts, { key: text, value: text });
      return consume();
    },
  });
  const topics = [orders, receipts].map((name) => ({ name, partitions: 1 }));
  const before = await rehearse({ kafka, handlers: [handler], topics, start: false });
  await before.produce(orders, [{ value: 'old' }]);
  await before.stop();

  await using stage = await rehearse({ kafka, handlers: [handler], topics });
  await stage.produce(orders, [{ value: 'a' }, { value: 'b' }, { value: 'c' }]);
  await stage.idle();
  expect(delivered).toEqual(['a', 'b', 'b', 'b', 'c']);
  expect(stage).toHaveCommitted({ topic: orders, offset: 4 });
  expect(stage).toHaveSkipped({ topic: orders, offset: 2, times: 2, reason: 'busy' });
  expect(stage).toHaveProduced({ topic: receipts, key: 'c', value: 'c', times: 1 });
  expect(stage.trace().length).toBeGreaterThan(0);
});

kafkaTest('a crash on a real Kafka: another member takes over what was not committed', async ({ kafka }) => {
  const orders = kafka.topicName();
  let isStuck = true;
  const handler = defineHandler({ topic: orders, handle: () => (isStuck ? skip('stuck') : consume()) });
  await using stage = await rehearse({ kafka, handlers: [handler], config: { sessionTimeoutMs: 6_000 } });
  await stage.produce(orders, [{ value: 'a' }]);
  await expect(stage.idle({ withinMs: 500 })).rejects.toThrow(new RegExp(`${orders}/0/0, key null, value "a": skip "stuck"`));
  await stage.crash();
  isStuck = false;
  await stage.restart();
  await stage.idle();
  expect(stage).toHaveCommitted({ topic: orders, offset: 1 });
});
