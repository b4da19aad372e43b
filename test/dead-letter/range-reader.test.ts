import { describe, expect, test } from 'vitest';
import { readRanges } from '../../src/dead-letter/range-reader.ts';
import type { ReadRange } from '../../src/dead-letter/range-reader.ts';
import { KafkaError } from '../../src/errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { assigned, batchOf, ScriptedTransport } from '../support/scripted-transport.ts';
import { bound, DeadLetterRig } from './dead-letter-rig.ts';
import { bytes, text } from './rejected.ts';

async function filled(records: number): Promise<DeadLetterRig> {
  const rig = await new DeadLetterRig().prepare();
  for (const partition of [0, 1])
    for (let index = 0; index < records; index += 1)
      await rig.venue.produce('orders', partition, [
        { key: null, value: bytes(`${partition}.${index}`), headers: [], timestamp: 1_700_000_000_000 },
      ]);
  return rig;
}

function parts(rig: DeadLetterRig): Parameters<typeof readRanges>[0] {
  return { transport: rig.transport, clock: rig.member.clock, random: rig.member.random };
}

async function read(rig: DeadLetterRig, ranges: readonly ReadRange[]): Promise<string[]> {
  const values: string[] = [];
  const work = async (): Promise<void> => {
    for await (const records of readRanges(parts(rig), ranges)) values.push(...records.map(({ value }) => text(value)!));
  };
  await rig.settle(work());
  return values.sort();
}

describe('ranges of a topic', () => {
  test('are read from offset to offset, of several partitions, and nothing else', async () => {
    const rig = await filled(10);
    const values = await read(rig, [
      { topic: 'orders', partition: 0, from: 2, to: 5 },
      { topic: 'orders', partition: 1, from: 8, to: 10 },
      { topic: 'orders', partition: 2, from: 0, to: 0 },
    ]);
    expect(values).toEqual(['0.2', '0.3', '0.4', '1.8', '1.9']);
  });

  test('may be several of one partition, apart', async () => {
    const rig = await filled(10);
    const ranges = [1, 4, 9].map((from) => ({ topic: 'orders', partition: 0, from, to: from + 1 }));
    expect(await read(rig, ranges)).toEqual(['0.1', '0.4', '0.9']);
  });

  test('that hold nothing are read at once, without a group', async () => {
    const rig = await filled(0);
    expect(await read(rig, [{ topic: 'orders', partition: 0, from: 0, to: 0 }])).toEqual([]);
    expect(await read(rig, [])).toEqual([]);
  });

  test('go on at the log start where retention was faster', async () => {
    const rig = await filled(10);
    await rig.venue.admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 7 }]);
    const ranges = [
      { topic: 'orders', partition: 0, from: 1, to: 3 },
      { topic: 'orders', partition: 0, from: 5, to: 9 },
    ];
    expect(await read(rig, ranges)).toEqual(['0.7', '0.8']);
  });

  test('that are gone altogether, or beyond the end of a log made again, end', async () => {
    const rig = await filled(3);
    await rig.venue.admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 3 }]);
    const ranges = [
      { topic: 'orders', partition: 0, from: 1, to: 3 },
      { topic: 'orders', partition: 1, from: 50, to: 60 },
    ];
    expect(await read(rig, ranges)).toEqual([]);
  });

  test('are read once although the member is thrown out on the way', async () => {
    const rig = await filled(10);
    for (let count = 0; count < 3; count += 1) rig.venue.inject({ kind: 'heartbeat-request-lost' });
    let losses = 0;
    const createConsumer: typeof rig.transport.createConsumer = (options, listener) => {
      const lost = listener.lost.bind(listener);
      listener.lost = (...told) => ((losses += 1), lost(...told));
      return rig.transport.createConsumer(options, listener);
    };
    const ranges = [0, 1].map((partition) => ({ topic: 'orders', partition, from: 0, to: 10 }));
    const values: string[] = [];
    const work = async (): Promise<void> => {
      for await (const records of readRanges({ ...parts(rig), transport: bound(rig.transport, { createConsumer }) }, ranges)) {
        values.push(...records.map(({ value }) => text(value)!));
        // A batch is with the caller for longer than the session.
        await new Promise<void>((resolve) => void rig.member.clock.setTimer(90_000, resolve));
      }
    };
    await rig.settle(work());
    expect(losses).toBeGreaterThan(0);
    expect(values).toHaveLength(20);
    expect(new Set(values).size).toBe(20);
  });

  test('leave no committed offset behind, and no member', async () => {
    const rig = await filled(3);
    let groupId = '';
    const { transport } = rig;
    const createConsumer: typeof transport.createConsumer = (options, listener) => {
      groupId = options.groupId;
      return transport.createConsumer(options, listener);
    };
    const spied = { ...parts(rig), transport: bound(transport, { createConsumer }) };
    const work = async (): Promise<void> => {
      for await (const records of readRanges(spied, [{ topic: 'orders', partition: 0, from: 0, to: 3 }]))
        expect(records.length).toBeGreaterThan(0);
    };
    await rig.settle(work());
    expect(groupId).toMatch(/^kafka-rehearsal-read-[a-z0-9]+$/);
    expect((await rig.venue.admin.committedOffsets(groupId, ['orders'])).filter(({ offset }) => offset !== null)).toEqual([]);
    expect((await rig.venue.admin.describeGroup(groupId)).members).toEqual([]);
  });

  test('are left when the caller has enough', async () => {
    const rig = await filled(5);
    const work = async (): Promise<number> => {
      for await (const records of readRanges(parts(rig), [{ topic: 'orders', partition: 0, from: 0, to: 5 }])) return records.length;
      return 0;
    };
    expect(await rig.settle(work())).toBeGreaterThan(0);
  });
});

describe('a reader', () => {
  const RANGE = { topic: 'orders', partition: 0, from: 0, to: 5 };
  const next = (transport: ScriptedTransport, clock: ManualClock): Promise<unknown> =>
    readRanges({ transport, clock, random: { next: () => 0.5 } }, [RANGE]).next();

  test('gives up when nobody answers for a minute', async () => {
    const [transport, clock] = [new ScriptedTransport(), new ManualClock()];
    transport.firstAssignment = null;
    const waiting = next(transport, clock).catch((error: unknown) => error);
    await clock.advance(59_999);
    expect(transport.calls).not.toContain('stop');
    await clock.advance(1);
    expect(await waiting).toMatchObject({ code: 'BROKER_UNREACHABLE', message: expect.stringContaining('orders/0 from 0') });
    expect(transport.calls).toContain('stop');
  });

  test('drops a batch that it did not ask for, and asks again', async () => {
    const [transport, clock] = [new ScriptedTransport(), new ManualClock()];
    transport.firstAssignment = [assigned({ epoch: 1 })];
    const records = readRanges({ transport, clock, random: { next: () => 0.5 } }, [RANGE]);
    const first = records.next();
    await clock.settle();
    expect(transport.batch(batchOf(2, 5, { epoch: 1 }))).toBe('dropped');
    await clock.settle();
    expect(transport.fetches.map(({ offset }) => offset)).toEqual([0, 0]);
    expect(transport.batch(batchOf(0, 5, { epoch: 1 }))).toBe('accepted');
    expect((await first).value?.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
    expect(transport.paused).toEqual(new Set(['orders/0']));
    expect(await records.next()).toEqual({ done: true, value: undefined });
  });

  test('goes on where it was when its partition comes back, and does not ask for one that is read', async () => {
    const [transport, clock] = [new ScriptedTransport(), new ManualClock()];
    transport.firstAssignment = [assigned({ epoch: 1 }), assigned({ partition: 1, epoch: 2 })];
    const ranges = [RANGE, { ...RANGE, partition: 1 }];
    const records = readRanges({ transport, clock, random: { next: () => 0.5 } }, ranges);
    const first = records.next();
    await clock.settle();
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    transport.batch(batchOf(0, 5, { partition: 1, epoch: 2 }));
    expect((await first).value).toHaveLength(3);
    transport.listener.lost(transport.firstAssignment, new KafkaError('GROUP_FENCED', 'evicted'));
    transport.assign([assigned({ epoch: 3 }), assigned({ partition: 1, epoch: 4 })]);
    expect(transport.fetches.slice(2)).toEqual([{ topic: 'orders', partition: 0, epoch: 3, offset: 3 }]);
    expect((await records.next()).value).toHaveLength(5);
    const last = records.next();
    await clock.settle();
    transport.batch(batchOf(3, 5, { epoch: 3 }));
    expect((await last).value).toHaveLength(2);
    expect((await records.next()).done).toBe(true);
  });

  test('fails with what its consumer fails with', async () => {
    const [transport, clock] = [new ScriptedTransport(), new ManualClock()];
    const waiting = next(transport, clock).catch((error: unknown) => error);
    await clock.settle();
    const error = new KafkaError('CONSUMER_FAILED', 'no right to read');
    transport.listener.failed(error);
    expect(await waiting).toBe(error);
  });
});
