import { describe, expect, test } from 'vitest';
import type { NewTopic } from '../../src/admin.ts';
import { checkDeadLetterTargets } from '../../src/dead-letter/check-dead-letter-targets.ts';
import { deadLetterTargets } from '../../src/dead-letter/dead-letter-targets.ts';
import { KafkaError } from '../../src/errors.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';

const TOPICS: readonly NewTopic[] = [
  { name: 'orders', partitions: 1, configs: { 'max.message.bytes': '100000' } },
  { name: 'payments', partitions: 1 },
  { name: 'dead', partitions: 1, configs: { 'max.message.bytes': '1056780' } },
  { name: 'exact', partitions: 1, configs: { 'max.message.bytes': '108192' } },
  { name: 'small', partitions: 1, configs: { 'max.message.bytes': '108191' } },
  { name: 'compacted', partitions: 1, configs: { 'cleanup.policy': 'compact, delete', 'max.message.bytes': '2000000' } },
];

async function check(targets: Record<string, string>, consumedTopics = Object.keys(targets)): Promise<string> {
  const { admin } = new MemoryVenue();
  await admin.createTopics(TOPICS);
  try {
    return `warnings: ${(await checkDeadLetterTargets({ admin, targets: new Map(Object.entries(targets)), consumedTopics })).length}`;
  } catch (error) {
    expect(error).toMatchObject({ code: 'DEAD_LETTER_INVALID' });
    return (error as KafkaError).message;
  }
}

describe('dead letter topics at the start', () => {
  test.each([
    ['there are none', {}],
    ['it exists and is large enough', { orders: 'dead', payments: 'dead' }],
    ['it is just large enough', { orders: 'exact' }],
  ])('are fine when %s', async (_, targets) => {
    expect(await check(targets)).toBe('warnings: 0');
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['it is missing', { orders: 'nowhere' }, /"nowhere", for "orders", does not exist/],
    [
      'it is one byte too small',
      { orders: 'small' },
      /"small" has max\.message\.bytes=108191, expected at least 108192: "orders" has 100000/,
    ],
    ['it is too small for one of its sources', { orders: 'exact', payments: 'exact' }, /"exact" .* "payments" has 1048588/],
    ['it is compacted', { orders: 'compacted' }, /"compacted" has cleanup\.policy=compact, ?delete/],
    ['it is its own', { orders: 'orders' }, /"orders" is its own dead letter topic/],
  ])('are refused when %s', async (_, targets, says) => {
    expect(await check(targets)).toMatch(says);
  });

  test('are refused when a handler here consumes them', async () => {
    expect(await check({ orders: 'dead' }, ['orders', 'dead'])).toMatch(/"dead", for "orders", is consumed by a handler here/);
  });

  test('all problems are told at once', async () => {
    const message = await check({ orders: 'nowhere', payments: 'compacted', dead: 'dead' });
    for (const name of ['nowhere', 'compacted', 'its own']) expect(message).toContain(name);
  });

  test.each([new KafkaError('PROTOCOL', 'no', { kafkaCode: 'TOPIC_AUTHORIZATION_FAILED' }), new KafkaError('UNSUPPORTED', 'no')])(
    'are used unchecked, with a warning, by a client that may not look: %s',
    async (error) => {
      const { admin } = new MemoryVenue();
      await admin.createTopics(TOPICS);
      const blind = { describeTopics: admin.describeTopics.bind(admin), describeTopicConfigs: () => Promise.reject(error) };
      const [warning, ...more] = await checkDeadLetterTargets({ admin: blind, targets: new Map([['orders', 'dead']]), consumedTopics: [] });
      expect(warning).toMatchObject({ code: 'DEAD_LETTER_INVALID', cause: error, message: expect.stringContaining('"dead"') });
      expect(more).toEqual([]);
    },
  );

  test('are not judged by an error that has nothing to do with them', async () => {
    const { admin } = new MemoryVenue();
    const unreachable = new KafkaError('BROKER_UNREACHABLE', 'no');
    const down = { ...admin, describeTopics: () => Promise.reject(unreachable), describeTopicConfigs: () => Promise.reject(unreachable) };
    await expect(checkDeadLetterTargets({ admin: down, targets: new Map([['a', 'b']]), consumedTopics: [] })).rejects.toBe(unreachable);
  });
});

describe('the target of a topic', () => {
  test('is named by handler or by rule, which is asked once for each topic', () => {
    const asked: string[] = [];
    const rule = (source: string): string => (asked.push(source), `${source}.dead`);
    const targets = deadLetterTargets([
      { topics: ['a', 'b'], deadLetter: { topic: rule } },
      { topics: ['c'], deadLetter: { topic: 'all' } },
      { topics: ['d'], deadLetter: null },
      { topics: ['e'] },
    ]);
    expect([...targets]).toEqual([
      ['a', 'a.dead'],
      ['b', 'b.dead'],
      ['c', 'all'],
    ]);
    expect(asked).toEqual(['a', 'b']);
  });

  test.each([
    [
      () => {
        throw new Error('no');
      },
      /threw/,
    ],
    [() => 'a b', /is "a b", expected the name of a topic/],
    [() => undefined as unknown as string, /is undefined/],
  ])('is refused when the rule does not name a topic', (topic, says) => {
    expect(() => deadLetterTargets([{ topics: ['a'], deadLetter: { topic } }])).toThrow(
      expect.objectContaining({ code: 'DEAD_LETTER_INVALID', message: expect.stringMatching(says) }),
    );
  });
});
