import { inject, test } from 'vitest';
import type { TestAPI } from 'vitest';
import { isolate } from './isolation.ts';
import type { Isolation } from './isolation.ts';
import type { ProvidedKafka } from './vitest-setup.ts';

/** The run's real Kafka, and topics and groups of this test alone, which are deleted after it. */
export type KafkaInTest = Extract<ProvidedKafka, { available: true }> & Omit<Isolation, 'dispose'>;

/** vitest's `test` with a `kafka` fixture; skipped with the reason where no real Kafka can be had. Needs `vitest-setup.ts` as global set-up. */
export const kafkaTest: TestAPI<{ kafka: KafkaInTest }> = test.extend<{ kafka: KafkaInTest }>({
  kafka: async ({ task, skip }, use) => {
    const provided = inject('realKafka');
    if (!provided.available) return skip(provided.reason);
    const isolation = isolate(provided, task.name);
    await use({ ...provided, ...isolation });
    await isolation.dispose();
  },
});
