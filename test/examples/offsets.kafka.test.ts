import { expect } from 'vitest';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { KafkaVenue } from '../../testing/kafka/kafka-venue.ts';
import { startService } from './running-service.ts';

kafkaTest('the example of offsets sets a stopped group back on real Kafka, after a dry run', async ({ kafka, onTestFinished }) => {
  const venue = new KafkaVenue({ kafka });
  onTestFinished(() => venue.close());
  const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
  const { admin } = venue.openMember('operator').transport;
  const now = Date.now();
  for (const hours of [5, 3, 1, 0])
    await venue.produce(topic, 1, [{ key: null, value: null, headers: [], timestamp: now - hours * 3_600_000 }]);
  await admin.setCommittedOffsets(groupId, [{ topic, partition: 1, offset: 4 }]);
  const run = async (...args: readonly string[]): Promise<string> => {
    await using program = startService({ KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_CONSUMER_GROUP_ID: groupId }, 'offsets', args);
    expect([await program.exited, program.output]).toEqual([0, expect.any(String)]);
    return program.output;
  };
  const stored = async (): Promise<unknown> =>
    (await admin.committedOffsets(groupId, [topic])).find(({ partition }) => partition === 1)?.offset;

  expect(await run(topic, '1')).toContain(`${topic}/1: back from 4 to 2, up to 2 records again.\nThis was a dry run`);
  expect(await stored()).toBe(4);
  expect(await run(topic, '1', '--execute')).toContain('Done.');
  expect(await stored()).toBe(2);
});
