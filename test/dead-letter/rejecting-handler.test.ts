import { describe, expect, test } from 'vitest';
import { consume, reject } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';
import { rehearse } from '../../testing/stage.ts';
import type { StageDeadLetter } from '../../testing/stage.ts';

const dead = (topic = 'orders.dead') => ({ deadLetter: { topic } });

describe('a handler with dead letters', () => {
  test('has what it rejects written before it is committed, with why', async () => {
    const handler = defineHandler({
      topic: 'orders',
      ...dead(),
      handle: (value) => (value?.[0] === 98 ? reject('bad-letter', new TypeError('b')) : consume()),
    });
    await using stage = await rehearse({ handlers: [handler], topics: [{ name: 'orders', partitions: 2 }] });
    await stage.produce('orders', [
      { key: 'k', value: 'a', partition: 1 },
      {
        key: 'k',
        value: 'b',
        partition: 1,
        headers: [
          ['trace', 't'],
          ['none', null],
        ],
      },
    ]);
    await stage.idle();
    expect(stage.deadLetters('orders')).toMatchObject([
      {
        topic: 'orders.dead',
        partition: 1,
        offset: 0,
        key: 'k',
        value: 'b',
        letter: {
          kind: 'letter',
          id: 'orders/1/1',
          reason: 'bad-letter',
          errorClass: 'TypeError',
          attempts: 1,
          failures: 0,
          group: 'rehearsal',
        },
      },
    ]);
    const [{ record }] = stage.deadLetters('orders') as [StageDeadLetter];
    expect(record.headers.slice(0, 2)).toEqual([
      ['trace', expect.anything()],
      ['none', null],
    ]);
    const kinds = stage.observations.filter((each) => 'offset' in each && each.offset >= 1).map(({ kind }) => kind);
    expect(kinds.indexOf('dead-lettered')).toBeLessThan(kinds.lastIndexOf('commit-sent'));
    expect(stage.committedOffset('orders', 1)).toBe(2);
  });

  test('has what fails for good written as well, with its attempts', async () => {
    const handler = defineHandler({
      topic: 'orders',
      ...dead(),
      retry: { maxAttempts: 3 },
      handle: () => {
        throw new RangeError('no');
      },
    });
    await using stage = await rehearse({ handlers: [handler] });
    await stage.produce('orders', [{ key: null, value: 'a' }]);
    await stage.idle();
    expect(stage.deadLetters('orders')).toMatchObject([
      { letter: { reason: 'retries-exhausted', errorClass: 'RangeError', attempts: 3, failures: 3 } },
    ]);
  });

  test('loses none to a lost answer: it may be there twice, of the same origin', async () => {
    const handler = defineHandler({ topic: 'orders', ...dead(), handle: () => reject('never') });
    await using stage = await rehearse({ handlers: [handler] });
    stage.fault({ kind: 'produce-reply-lost', topic: 'orders.dead' });
    await stage.produce('orders', [{ key: null, value: 'a' }]);
    await stage.idle();
    expect(stage.deadLetters('orders').map(({ letter }) => letter.id)).toEqual(['orders/0/0', 'orders/0/0']);
    expect(stage.committedOffset('orders', 0)).toBe(1);
  });

  test('has a pointer written for a record that is too large, and that is enough', async () => {
    const handler = defineHandler({ topic: 'orders', ...dead(), handle: () => reject('never') });
    await using stage = await rehearse({ handlers: [handler] });
    stage.fault({ kind: 'produce-refused', topic: 'orders.dead', code: 'MESSAGE_TOO_LARGE' });
    await stage.produce('orders', [{ key: 'k', value: 'a' }]);
    await stage.idle();
    expect(stage.deadLetters('orders')).toMatchObject([
      { key: 'k', value: null, letter: { kind: 'pointer', origin: { partition: 0, offset: 0 } } },
    ]);
    expect(stage.observations.find(({ kind }) => kind === 'dead-lettered')).toMatchObject({ pointer: true });
  });

  test('has room for the largest record of its topic, with the longest message, where the start is content', async () => {
    const handler = defineHandler({ topic: 'orders', ...dead(), handle: () => reject('r'.repeat(64), new Error('m'.repeat(5_000))) });
    const topics = [
      { name: 'orders', partitions: 1, configs: { 'max.message.bytes': '10000' } },
      { name: 'orders.dead', partitions: 1, configs: { 'max.message.bytes': '18192' } },
    ];
    await using stage = await rehearse({ handlers: [handler], topics, groupId: 'g'.repeat(249) });
    await expect(stage.produce('orders', [{ key: 'k', value: 'x'.repeat(9_950) }])).rejects.toMatchObject({
      kafkaCode: 'MESSAGE_TOO_LARGE',
    });
    await stage.produce('orders', [{ key: 'k', value: 'x'.repeat(9_900) }]);
    await stage.idle();
    expect(stage.deadLetters('orders')).toMatchObject([{ letter: { kind: 'letter' } }]);
  });

  test.each([
    ['is too small', [{ name: 'orders.dead', partitions: 1 }], /expected at least 1056780/],
    [
      'is compacted',
      [{ name: 'orders.dead', partitions: 1, configs: { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' } }],
      /cleanup\.policy=compact/,
    ],
  ])('does not start when the topic %s', async (_, topics, says) => {
    const handler = defineHandler({ topic: 'orders', ...dead(), handle: () => consume() });
    await expect(rehearse({ handlers: [handler], topics })).rejects.toMatchObject({
      code: 'DEAD_LETTER_INVALID',
      message: expect.stringMatching(says),
    });
  });

  test('does not start when another handler here consumes the topic', async () => {
    const handlers = [
      defineHandler({ topic: 'orders', ...dead(), handle: () => consume() }),
      defineHandler({ topic: 'orders.dead', handle: () => consume() }),
    ];
    await expect(rehearse({ handlers })).rejects.toMatchObject({
      code: 'DEAD_LETTER_INVALID',
      message: expect.stringMatching(/is consumed by a handler here/),
    });
  });
});
