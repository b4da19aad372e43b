import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import '../../testing/vitest/index.ts';
import { consume, defineHandler, reject, skip } from '../../src/index.ts';
import type { Action, Handler, HandlerContext } from '../../src/index.ts';
import { MemoryVenue, rehearse } from '../../testing/index.ts';

function handlerOf(
  handle: (context: HandlerContext, value: Uint8Array | null) => Action | Promise<Action>,
  topic = 'orders',
  options: { deadlineMs?: number } = {},
): Handler {
  return defineHandler({ topic, ...options, handle: (value, context) => handle(context, value) });
}

const texts = (...values: readonly string[]): { value: string }[] => values.map((value) => ({ value }));

describe('one member', () => {
  test('strings, bytes, JSON and tombstones arrive as they were produced', async () => {
    const seen: (string | null)[] = [];
    const handler = handlerOf((_, value) => {
      seen.push(value === null ? null : Buffer.from(value).toString());
      return consume();
    });
    await using stage = await rehearse({ handlers: [handler] });
    const places = await stage.produce('orders', [
      { value: 'text' },
      { value: Uint8Array.of(65) },
      { value: { id: 1 } },
      { value: null },
      { value: [1] },
      { value: 5 },
      { value: '' },
    ]);
    await stage.idle();
    expect(seen).toEqual(['text', 'A', '{"id":1}', null, '[1]', '5', '']);
    expect(places.at(-1)).toEqual({ topic: 'orders', partition: 0, offset: 6 });
    expect(stage.committedOffset('orders', 0)).toBe(7);
  });

  test('headers, timestamps and keys are kept, and keys choose partitions as in Java', async () => {
    const seen: unknown[] = [];
    const handler = handlerOf(({ record }) => {
      seen.push([
        record.partition,
        record.key === null ? null : Buffer.from(record.key).toString(),
        record.timestamp,
        record.headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value).toString()]),
      ]);
      return consume();
    });
    await using stage = await rehearse({ handlers: [handler], topics: [{ name: 'orders', partitions: 4 }] });
    const headers = [
      ['b', '1'],
      ['a', null],
      ['b', '2'],
    ] as const;
    await stage.produce('orders', [{ key: 'user-1', value: 'x', timestamp: 5, headers }]);
    await stage.produce('orders', [{ value: 'y', partition: 3 }]);
    await stage.idle();
    const forKey = stage.records('orders').find(({ key }) => key !== null)?.partition;
    expect(seen).toContainEqual([forKey, 'user-1', 5, headers.map((each) => [...each])]);
    expect(seen).toContainEqual([3, null, expect.any(Number), []]);
  });

  test('a 30 s back-off costs nothing, and advance looks into it', async () => {
    let isBusy = true;
    const handler = handlerOf(() => (isBusy ? skip('store busy', { retryAfterMs: 30_000 }) : consume()));
    await using stage = await rehearse({ handlers: [handler] });
    const realStart = performance.now();
    const virtualStart = stage.clock.now();
    await stage.produce('orders', texts('a'));
    await stage.advance(1_000);
    expect(stage.clock.now()).toBe(virtualStart + 1_000);
    expect(stage.actions('orders', 0)).toEqual([{ offset: 0, attempt: 1, action: 'skip', reason: 'store busy' }]);
    expect(stage.committedOffset('orders', 0)).toBe(0);
    isBusy = false;
    await stage.idle();
    expect(stage).toHaveCommitted({ topic: 'orders', partition: 0, offset: 1 });
    expect(stage.clock.now() - virtualStart).toBeGreaterThan(29_000);
    expect(performance.now() - realStart).toBeLessThan(2_000);
  });

  test('not idle in time: the error names the open records and what happened to them', async () => {
    const handler = handlerOf(({ record }) => (record.offset === 1 ? skip('store busy') : consume()));
    await using stage = await rehearse({ handlers: [handler] });
    await stage.produce('orders', [
      { key: 'u1', value: { id: 1 } },
      { key: 'u2', value: { id: 2 } },
      { key: 'u3', value: { id: 3 } },
    ]);
    const error = await stage.idle({ withinMs: 60_000 }).catch((thrown: unknown) => thrown);
    expect((error as Error).message.replace(/×\d+/, '×N')).toBe(
      'Not idle within 60000 ms of virtual time. Open:\n' +
        '  orders/0: committed 1, log end 3\n' +
        '    orders/0/1, key "u2", value {"id":2}: skip "store busy" ×N\n' +
        '    orders/0/2, key "u3", value {"id":3}: never delivered',
    );
  });

  test('a rejected record is committed and told', async () => {
    await using stage = await rehearse({ handlers: [handlerOf(() => reject('too-old'))] });
    await stage.produce('orders', texts('a'));
    await stage.idle();
    expect(stage).toHaveRejected({ topic: 'orders', offset: 0, reason: 'too-old' });
    expect(stage).toHaveCommitted({ topic: 'orders', offset: 1 });
    expect(stage.deadLetters('orders')).toEqual([]);
  });

  test('sleeping by the context is virtual time', async () => {
    const handler = handlerOf(async ({ clock }) => {
      await clock.sleep(3_600_000 - 60_000);
      return consume();
    });
    await using stage = await rehearse({ handlers: [handler], watchdogMs: 50 });
    await stage.produce('orders', texts('a'));
    await stage.idle();
    expect(stage).toHaveCommitted({ topic: 'orders', offset: 1 });
  });

  test('a deadline passes while the handler sleeps', async () => {
    const handler = handlerOf(
      async ({ clock, attempt }) => {
        if (attempt === 1) await clock.sleep(100_000);
        return consume();
      },
      'orders',
      { deadlineMs: 5_000 },
    );
    await using stage = await rehearse({ handlers: [handler] });
    await stage.produce('orders', texts('a'));
    await stage.idle();
    expect(stage.observations.map(({ kind }) => kind)).toContain('failed');
    expect(stage).toHaveConsumed({ topic: 'orders', offset: 0 });
  });
});

describe('real I/O', () => {
  test('a handler that reads a file works, and virtual time does not move meanwhile', async () => {
    const durations: number[] = [];
    const handler = handlerOf(async ({ clock }) => {
      const before = clock.now();
      for (let count = 0; count < 5; count += 1) await readFile(import.meta.filename);
      durations.push(clock.now() - before);
      return consume();
    });
    await using stage = await rehearse({ handlers: [handler] });
    await stage.produce('orders', texts('a', 'b', 'c'));
    await stage.idle();
    expect(durations).toEqual([0, 0, 0]);
  });

  test('a handler that hangs is named: its record, and since when', async () => {
    const stage = await rehearse({ handlers: [handlerOf(() => new Promise(() => {}))], watchdogMs: 30 });
    await stage.produce('orders', [{ key: 'u1', value: { id: 7 } }]);
    await expect(stage.idle()).rejects.toThrow(
      /^The handler of orders has not settled record orders\/0\/0, delivered at 2026-01-01T00:00:0.*context\.clock\.sleep[^]*orders\/0\/0, key "u1", value \{"id":7\}: delivered, not answered/,
    );
    // A graceful stop would hang, and reject, once more.
    await stage.stop();
  });
});

describe('crash and restart', () => {
  test('what was not committed comes again, and the dead life does nothing more', async () => {
    const deliveries: string[] = [];
    const afterlife: string[] = [];
    const handler = handlerOf(async ({ record, clock }) => {
      deliveries.push(`${record.offset}`);
      if (record.offset === 1 && deliveries.length === 2) {
        await readFile(import.meta.filename);
        await stage.crash();
        // Leftover code runs on in JavaScript; nothing it asks for may happen.
        await readFile(import.meta.filename);
        afterlife.push('runs');
        await clock.sleep(1);
        afterlife.push('slept');
      }
      return consume();
    });
    const stage = await rehearse({ handlers: [handler] });
    await stage.produce('orders', texts('a', 'b', 'c'));
    await stage.advance(100);
    await expect(stage.idle()).rejects.toThrow(/No member runs/);
    await stage.restart();
    await stage.idle();
    while (afterlife.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await stage.advance(1_000);
    expect(stage).toHaveCommitted({ topic: 'orders', offset: 3 });
    expect(deliveries).toEqual(['0', '1', '0', '1', '2']);
    expect(afterlife).toEqual(['runs']);
    expect(stage.members[0]?.staleEffects).toEqual(['set a timer of 1 ms']);
    expect(stage.members[0]?.name).toBe('member-1#2');
    await stage.stop();
  });

  test('however long the session of the dead is, the next life waits for it', async () => {
    await using stage = await rehearse({ handlers: [handlerOf(() => consume())], config: { sessionTimeoutMs: 600_000 } });
    await stage.crash();
    await stage.produce('orders', texts('a'));
    await stage.restart();
    await stage.idle();
    expect(stage).toHaveCommitted({ topic: 'orders', offset: 1 });
  });

  test('handlers given as a function are made anew in each life', async () => {
    let made = 0;
    const handlers = (): Handler[] => {
      made += 1;
      return [handlerOf(() => consume())];
    };
    await using stage = await rehearse({ handlers });
    const atFirst = made;
    await stage.restart();
    expect(made).toBe(atFirst + 1);
  });

  test('a graceful stop commits what is done', async () => {
    const stage = await rehearse({ handlers: [handlerOf(() => consume())], config: { commitIntervalMs: 60_000 } });
    await stage.produce('orders', texts('a', 'b'));
    await stage.advance(1_000);
    await stage.stop();
    expect(stage.committedOffset('orders', 0)).toBe(2);
  });
});

describe('several members', () => {
  test('share the partitions, and take over those of the dead', async () => {
    await using stage = await rehearse({ handlers: [handlerOf(() => consume())], topics: [{ name: 'orders', partitions: 4 }] });
    const second = await stage.addMember();
    await stage.advance(10_000);
    const held = (): number[] => stage.members.map((member) => member.health()?.consumer?.partitions.length ?? 0);
    expect(held()).toEqual([2, 2]);
    await second.crash();
    await stage.produce(
      'orders',
      [0, 1, 2, 3].map((partition) => ({ value: 'x', partition })),
    );
    await stage.idle();
    expect(held()).toEqual([4, 0]);
    for (const partition of [0, 1, 2, 3]) expect(stage).toHaveCommitted({ topic: 'orders', partition, offset: 1 });
    await second.restart();
    await stage.advance(10_000);
    expect(held()).toEqual([2, 2]);
    await second.leave();
    await stage.advance(10_000);
    expect(held()).toEqual([4, 0]);
  });
});

describe('determinism', () => {
  async function run(seed: number): Promise<{ trace: string; observations: string }> {
    const handler = handlerOf(async ({ record, attempt, clock }) => {
      await clock.sleep(record.offset * 7);
      return record.offset % 3 === 0 && attempt < 3 ? skip('again') : consume();
    });
    await using stage = await rehearse({ seed, handlers: [handler], topics: [{ name: 'orders', partitions: 3 }] });
    const second = await stage.addMember();
    await stage.produce(
      'orders',
      Array.from({ length: 30 }, (_, index) => ({ key: `k${index}`, value: index })),
    );
    await stage.advance(50);
    await second.crash();
    await stage.idle();
    return { trace: JSON.stringify(stage.trace()), observations: JSON.stringify(stage.observations) };
  }

  test('the same seed gives the same trace and the same observations, another seed others', async () => {
    const first = await run(7);
    await expect(run(7)).resolves.toEqual(first);
    const other = await run(8);
    expect(other.trace).not.toBe(first.trace);
    expect(other.observations).not.toBe(first.observations);
  });
});

describe('nothing is silent', () => {
  test('a fatal error of the consumer rejects whatever the test waits for', async () => {
    const options = { handlers: [handlerOf(() => consume())], config: { autoOffsetReset: 'none' as const } };
    const outcome = await rehearse(options).then(
      async (stage) => {
        const idle = await stage.idle().catch((error: unknown) => error);
        await expect(stage.advance(1_000)).rejects.toBe(idle);
        await stage.stop();
        return idle;
      },
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({ code: 'NO_COMMITTED_OFFSET' });
  });

  test('a fatal error that nobody was told yet rejects stop', async () => {
    const stage = await rehearse({
      handlers: [handlerOf(() => consume())],
      start: false,
      venue: new MemoryVenue(),
      config: { autoOffsetReset: 'none' },
    });
    const started = await stage.start().then(
      () => null,
      (error: unknown) => error,
    );
    if (started === null) await expect(stage.stop()).rejects.toMatchObject({ code: 'NO_COMMITTED_OFFSET' });
    else expect(started).toMatchObject({ code: 'NO_COMMITTED_OFFSET' });
  });

  test('a halted partition rejects idle with its reason', async () => {
    const venue = new MemoryVenue();
    await venue.admin.createTopics([{ name: 'orders', partitions: 1 }]);
    await venue.admin.setCommittedOffsets('rehearsal', [{ topic: 'orders', partition: 0, offset: 10 }]);
    const stage = await rehearse({ venue, handlers: [handlerOf(() => consume())] });
    await stage.produce('orders', texts('a'));
    await expect(stage.idle()).rejects.toThrow(/^orders\/0 is halted, so not every record will be done: /);
    await stage.stop();
  });

  test('produce to what does not exist', async () => {
    await using stage = await rehearse({ handlers: [handlerOf(() => consume())] });
    await expect(stage.produce('nowhere', texts('a'))).rejects.toThrow('There is no topic "nowhere" on this stage; there are orders.');
    await expect(stage.produce('orders', [{ value: 'a', partition: 3 }])).rejects.toThrow(
      'partition 3 does not exist; the topic has 1, counted from 0',
    );
    await expect(stage.produce('orders', ['a' as never])).rejects.toThrow('expected objects like { key, value }');
  });

  test('a handler that answers nothing: the runtime says so, as in production', async () => {
    await using stage = await rehearse({ handlers: [handlerOf(() => undefined as never)] });
    await stage.produce('orders', texts('a'));
    await expect(stage.idle({ withinMs: 1_000 })).rejects.toThrow(/orders\/0\/0, .*failed \((?!TypeError: Cannot read)/);
  });

  test('after the stop nothing more happens, but all can be looked at', async () => {
    const stage = await rehearse({ handlers: [handlerOf(() => consume())] });
    await stage.produce('orders', texts('a'));
    await stage.idle();
    await stage.stop();
    await stage.stop();
    for (const attempt of [
      () => stage.idle(),
      () => stage.advance(1),
      () => stage.produce('orders', texts('b')),
      () => stage.addMember(),
      () => stage.restart(),
    ]) {
      await expect(attempt()).rejects.toThrow('This stage is stopped');
    }
    expect(stage).toHaveCommitted({ topic: 'orders', offset: 1 });
  });

  test('looking where nothing can be', async () => {
    await using stage = await rehearse({ handlers: [handlerOf(() => consume())] });
    expect(() => stage.committedOffset('order', 0)).toThrow('No handler on this stage consumes "order"; they consume "orders"');
    expect(() => stage.actions('order', 0)).toThrow('No handler on this stage consumes "order"');
    expect(() => stage.committedOffset('orders', 1)).toThrow('Topic orders has no partition 1');
  });

  test('wrong options are told all at once', async () => {
    const wrong = { handlers: [], topic: 'orders', brokers: ['localhost:9092'], seed: 1.5 };
    const told = rehearse(wrong as never);
    await expect(told).rejects.toThrow(
      /^rehearse\(options\): there is no option "topic"; there are .*handlers is an empty array.*brokers is an array of 1.*kafka: \{ brokers.*seed is 1\.5/,
    );
    await expect(rehearse(undefined as never)).rejects.toThrow('options are undefined, expected an object like { handlers: [...] }');
    await expect(rehearse({ handlers: [handlerOf(() => consume())], config: { sessionTimeoutMs: 10 } })).rejects.toThrow(
      'sessionTimeoutMs is 10',
    );
  });
});

describe('producing in a handler', () => {
  test('is seen by produced, which leaves out what the stage wrote itself', async () => {
    const handler = handlerOf(async ({ producer, record }) => {
      await producer.sendJson('receipts', { key: 'u1', value: { id: record.offset } });
      return consume();
    });
    await using stage = await rehearse({ handlers: [handler], topics: [{ name: 'receipts', partitions: 1 }], watchdogMs: 100 });
    await stage.produce('receipts', [{ value: 'by the stage' }]);
    await stage.produce('orders', texts('a', 'b'));
    await stage.idle();
    expect(stage.produced('receipts').map(({ offset, key, value }) => [offset, key, value])).toEqual([
      [1, 'u1', { id: 0 }],
      [2, 'u1', { id: 1 }],
    ]);
    expect(stage).toHaveProduced({ topic: 'receipts', key: 'u1', value: expect.objectContaining({ id: 1 }) });
    expect(stage).not.toHaveProduced({ topic: 'receipts', value: 'by the stage' });
  });

  test('a refused produce is felt by the handler, and tried again', async () => {
    const handler = handlerOf(async ({ producer }) => {
      await producer.send('receipts', { value: 'x' });
      return consume();
    });
    await using stage = await rehearse({ handlers: [handler], topics: [{ name: 'receipts', partitions: 1 }] });
    stage.fault({ kind: 'produce-reply-lost', topic: 'receipts' });
    await stage.produce('orders', texts('a'));
    await stage.idle();
    expect(stage.faultsFired.get('produce-reply-lost')).toBe(1);
    // Written before the acknowledgement was lost, and once more by the retry.
    expect(stage.produced('receipts').map(({ value }) => value)).toEqual(['x', 'x']);
  });
});
