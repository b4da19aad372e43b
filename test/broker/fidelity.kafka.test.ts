import { expect } from 'vitest';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { CONVERSATIONS } from './conversations.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { corePeer, kafkaPeer } from './peers.ts';
import { likeShape, Talk } from './talk.ts';

kafkaTest.for(Object.keys(CONVERSATIONS))('the core says what Kafka says: %s', async (name, { kafka, onTestFinished }) => {
  const converse = CONVERSATIONS[name];
  if (converse === undefined) throw new Error(name);
  const peer = kafkaPeer(kafka);
  onTestFinished(() => peer.close());
  const real = new Talk(peer, { topic: () => kafka.topicName(), group: () => kafka.groupId() });
  let count = 0;
  const unique = (prefix: string) => (): string => `${prefix}-${(count += 1)}`;
  const core = new Talk(corePeer(kafka.minSessionTimeoutMs), { topic: unique('t'), group: unique('g') });
  await converse(core, kafka.minSessionTimeoutMs);
  await converse(real, kafka.minSessionTimeoutMs).catch((error: unknown) => {
    throw new Error(`Kafka, after ${JSON.stringify(real.transcript.at(-1))}: ${String(error)}`, { cause: error });
  });

  const known = Object.entries(KNOWN_DIFFERENCES).find(([release]) => kafka.version.startsWith(release))?.[1][name] ?? {};
  const kafkaSays = real.transcript;
  const coreSays = likeShape(core.transcript, kafkaSays) as typeof kafkaSays;
  const without = (transcript: typeof kafkaSays): unknown => transcript.filter(([label]) => !(label in known));
  expect(without(coreSays)).toEqual(without(kafkaSays));
  for (const [label, reason] of Object.entries(known)) {
    const answer = (transcript: typeof kafkaSays): unknown => transcript.find(([step]) => step === label);
    expect(answer(kafkaSays), `${label} is said to differ: ${reason}`).not.toEqual(answer(coreSays));
  }
});
