import { expect, it } from 'vitest';
import { startService } from './running-service.ts';

it('says everything that is wrong with its configuration, and exits with 2', async () => {
  await using service = startService({ KAFKA_ENABLED: 'true', KAFKA_SESSION_TIMEOUT_MS: '6s', KAFKA_BROKERS: 'sasl://me:hush@host:1' });
  expect(await service.exited).toBe(2);
  expect(service.output).toMatch(
    /^Kafka configuration: 2 problems\n {2}- KAFKA_BROKERS is .*\n {2}- KAFKA_SESSION_TIMEOUT_MS is "6s", expected .*\n$/,
  );
  expect(service.output).not.toContain('hush');
});

it('says that the group is missing, and exits with 2', async () => {
  await using service = startService({ KAFKA_ENABLED: 'true' });
  expect(await service.exited).toBe(2);
  expect(service.output).toContain('KAFKA_CONSUMER_GROUP_ID (groupId) is not set');
});

it('without KAFKA_ENABLED waits for its signal and does nothing', async () => {
  await using service = startService({});
  await service.printed('Kafka is not enabled');
  service.signal('SIGTERM');
  expect(await service.exited).toBe(0);
});
