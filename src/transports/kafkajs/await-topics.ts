import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import { quotedNames } from '../../quoted-names.ts';
import type { Cluster } from './kafkajs-internals.ts';
import { unknownTopics } from './topology.ts';
import { wait } from './wait.ts';

/** How long the topics of a start may be unknown: a new topic reaches the brokers one after the other. */
const NEW_TOPIC_MS = 3_000;
const POLL_MS = 100;

/** Resolves when every broker knows the topics, or `isOver`; rejects with UNKNOWN_TOPIC where no broker does. */
export async function awaitTopics(cluster: Cluster, topics: readonly string[], clock: Clock, isOver: () => boolean): Promise<void> {
  const deadline = clock.now() + NEW_TOPIC_MS;
  await cluster.refreshMetadata();
  for (;;) {
    const { nowhere, somewhere } = await unknownTopics(cluster, topics);
    if (!somewhere || isOver()) return;
    if (clock.now() >= deadline) {
      if (nowhere.length === 0) return;
      throw new KafkaError('UNKNOWN_TOPIC', `The brokers know no topic ${quotedNames(nowhere)}; this client creates none.`, {
        details: { topics: nowhere },
      });
    }
    await wait(clock, POLL_MS);
  }
}
