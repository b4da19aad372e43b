import { describe, expect, test } from 'vitest';
import type { LetterFilter } from '../../src/dead-letter/letter-filter.ts';
import { KafkaError } from '../../src/errors.ts';
import { planRedrive } from '../../src/dead-letter/plan-redrive.ts';
import type { RedrivePlan } from '../../src/dead-letter/plan-redrive.ts';
import { readEarlierLife } from '../../src/dead-letter/read-letter.ts';
import { redrive } from '../../src/dead-letter/redrive.ts';
import type { RedriveParts, RedriveReport } from '../../src/dead-letter/redrive.ts';
import { writeLetter } from '../../src/dead-letter/write-letter.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import { bound, DeadLetterRig } from './dead-letter-rig.ts';
import { bytes, record, rejected, stored, text } from './rejected.ts';

function parts(rig: DeadLetterRig): RedriveParts {
  return {
    transport: rig.transport,
    clock: rig.member.clock,
    random: rig.member.random,
    producer: rig.producer(),
    recordsPerSecond: 1_000,
  };
}

function plan(rig: DeadLetterRig, filter: LetterFilter = {}): Promise<RedrivePlan> {
  return rig.settle(planRedrive(parts(rig), 'orders.dead', filter));
}

async function run(rig: DeadLetterRig, filter: LetterFilter = {}, more: Partial<RedriveParts> = {}): Promise<RedriveReport> {
  const planned = await plan(rig, filter);
  return rig.settle(redrive({ ...parts(rig), ...more }, planned));
}

describe('a redrive', () => {
  test('sends the record as it came to where it came from, once, with its id and all its attempts', async () => {
    const rig = await new DeadLetterRig().prepare();
    const original = await rig.original({
      partition: 1,
      key: bytes('k'),
      value: bytes('v'),
      headers: [
        ['z', null],
        ['a', bytes('1')],
      ],
    });
    await rig.letter({ record: original, attempts: 5, failures: 4 });
    expect(await run(rig)).toEqual({ redriven: 1, duplicates: 0, failed: 0, failures: [], isPartial: false });
    const [, back] = await rig.read('orders');
    expect(back).toMatchObject({ partition: 1, key: bytes('k'), value: bytes('v') });
    expect(back!.headers.slice(0, 2).map(([name, value]) => [name, text(value)])).toEqual([
      ['z', null],
      ['a', '1'],
    ]);
    expect(back!.headers.slice(2).map(([name]) => name)).toEqual(
      ['id', 'first-timestamp', 'attempts', 'failures'].map((name) => `kafka-rehearsal.${name}`),
    );
    expect(readEarlierLife(back!)).toEqual({ id: 'orders/1/0', firstTimestamp: original.timestamp, attempts: 5, failures: 4 });
    expect(await run(rig), 'a second one').toMatchObject({ redriven: 0 });
    expect(await rig.read('orders')).toHaveLength(2);
  });

  test('has a timestamp of now: with the old one retention could delete it at once', async () => {
    const rig = await new DeadLetterRig().prepare();
    await rig.letter();
    await rig.venue.advance(3_600_000);
    const before = rig.venue.clock.now();
    await run(rig);
    const [back] = await rig.read('orders');
    expect(back!.timestamp).toBeGreaterThanOrEqual(before);
  });

  test('of a record that is rejected again adds up, under the same id', async () => {
    const rig = await new DeadLetterRig().prepare();
    await rig.letter({ record: await rig.original(), attempts: 3, failures: 3 });
    await run(rig);
    const back = (await rig.read('orders')).at(-1)!;
    await rig.letter({ record: back, attempts: 2, failures: 1 });
    await run(rig);
    const again = (await rig.read('orders')).at(-1)!;
    expect(again.offset).toBe(2);
    expect(readEarlierLife(again)).toMatchObject({ id: 'orders/2/0', attempts: 5, failures: 4 });
    expect(again.headers).toHaveLength(back.headers.length);
  });

  test('takes those that match, and leaves the others for later', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (const reason of ['too-old', 'decode-failed', 'too-old']) await rig.letter({ record: await rig.original(), reason });
    expect(await run(rig, { reasons: ['too-old'] })).toMatchObject({ redriven: 2 });
    expect(await plan(rig)).toMatchObject({ search: { matching: 3 }, redrivenBefore: 2, targets: [{ topic: 'orders', letters: 1 }] });
  });

  test('ends at its limit, and goes on from there', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (let index = 0; index < 5; index += 1) await rig.letter({ record: await rig.original() });
    expect(await run(rig, {}, { limit: 2 })).toMatchObject({ redriven: 2, isPartial: true });
    expect(await run(rig, {}, { limit: 3 })).toMatchObject({ redriven: 3, isPartial: false });
  });

  test('is no faster than it is asked to be', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (let index = 0; index < 41; index += 1) await rig.letter({ record: await rig.original() });
    const planned = await plan(rig);
    const sentAt: number[] = [];
    const producer = rig.producer();
    const spy = {
      send: (...args: Parameters<RecordProducer['send']>) => (
        args[0] === 'orders' && sentAt.push(rig.venue.clock.now()),
        producer.send(...args)
      ),
    } as RecordProducer;
    await rig.settle(redrive({ ...parts(rig), producer: spy, recordsPerSecond: 20 }, planned));
    expect(sentAt).toHaveLength(41);
    // Steps of five: 41 letters are nine steps, so eight pauses of 250 ms.
    expect(sentAt.at(-1)! - sentAt[0]!).toBeGreaterThanOrEqual(2_000);
    for (const at of sentAt) expect(sentAt.filter((each) => each >= at && each < at + 1_000).length).toBeLessThanOrEqual(25);
  });

  test('sends two letters of one rejection once, and marks both', async () => {
    const rig = await new DeadLetterRig().prepare();
    const original = await rig.original();
    await rig.letter({ record: original });
    await rig.letter({ record: original });
    expect(await run(rig)).toMatchObject({ redriven: 1, duplicates: 1, isPartial: false });
    expect((await plan(rig)).redrivenBefore).toBe(2);
  });

  test('leaves alone what is no letter of ours', async () => {
    const rig = await new DeadLetterRig().prepare();
    await rig.venue.produce('orders.dead', 0, [record({ headers: [] })]);
    expect((await plan(rig)).search).toMatchObject({ matching: 0, foreign: 1 });
    expect(await run(rig)).toMatchObject({ redriven: 0 });
  });
});

describe('a redrive that is interrupted', () => {
  test('by a crash after the records went out repeats one step at most, under the same ids', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (let index = 0; index < 12; index += 1) await rig.letter({ record: await rig.original() });
    const planned = await plan(rig);
    const producer = rig.producer();
    let marks = 0;
    // Dies with the third mark on its way: its step is in the topic, and nobody knows.
    const dying = {
      send: (topic, given) => (topic === 'orders.dead' && ++marks === 3 ? new Promise(() => {}) : producer.send(topic, given)),
    } as RecordProducer;
    void redrive({ ...parts(rig), producer: dying, recordsPerSecond: 16 }, planned);
    await rig.venue.advance(60_000);
    expect((await plan(rig)).redrivenBefore).toBe(8);
    expect(await run(rig)).toMatchObject({ redriven: 4 });
    const ids = (await rig.read('orders')).map((each) => readEarlierLife(each)?.id).filter((id) => id !== undefined);
    expect([ids.length, new Set(ids).size]).toEqual([16, 12]);
  });

  test('by its signal stops after the step, with all that it sent marked', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (let index = 0; index < 12; index += 1) await rig.letter({ record: await rig.original() });
    const interrupt = new AbortController();
    const report = await run(
      rig,
      {},
      { recordsPerSecond: 16, signal: interrupt.signal, onProgress: ({ redriven }) => redriven >= 4 && interrupt.abort() },
    );
    expect(report).toMatchObject({ redriven: 4, isPartial: true });
    expect((await plan(rig)).redrivenBefore).toBe(4);
  });

  test('while it waits for its turn sends nothing more, and does not wait to the end', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (let index = 0; index < 3; index += 1) await rig.letter({ record: await rig.original() });
    const planned = await plan(rig);
    const interrupt = new AbortController();
    const startedAt = rig.venue.clock.now();
    const running = redrive({ ...parts(rig), recordsPerSecond: 0.01, signal: interrupt.signal }, planned);
    void rig.venue.clock.setTimer(30_000, () => interrupt.abort());
    expect(await rig.settle(running)).toMatchObject({ redriven: 1, isPartial: true });
    expect(rig.venue.clock.now() - startedAt).toBeLessThan(60_000);
    expect((await plan(rig)).redrivenBefore).toBe(1);
  });

  test('because nothing more can be written says what was done, and goes on later', async () => {
    const rig = await new DeadLetterRig().prepare();
    for (let index = 0; index < 8; index += 1) await rig.letter({ record: await rig.original() });
    const producer = rig.producer();
    let sent = 0;
    const broken = {
      send: (topic, given) =>
        topic === 'orders' && ++sent > 5 ? Promise.reject(new KafkaError('PRODUCE_FAILED', 'no leader')) : producer.send(topic, given),
    } as RecordProducer;
    await expect(run(rig, {}, { producer: broken, recordsPerSecond: 16 })).rejects.toMatchObject({
      code: 'PRODUCE_FAILED',
      message: 'The redrive of "orders.dead" stopped; 5 records were redriven, and are marked: no leader',
    });
    expect((await plan(rig)).redrivenBefore).toBe(5);
    expect(await run(rig)).toMatchObject({ redriven: 3 });
  });

  test('because it may not mark says so', async () => {
    const rig = await new DeadLetterRig().prepare();
    await rig.letter({ record: await rig.original() });
    const producer = rig.producer();
    const mute = {
      send: (topic, given) => (topic === 'orders.dead' ? Promise.reject(new Error('no')) : producer.send(topic, given)),
    } as RecordProducer;
    await expect(run(rig, {}, { producer: mute })).rejects.toMatchObject({
      code: 'PRODUCE_FAILED',
      message: expect.stringContaining('could not be marked'),
    });
  });
});

describe('a letter that cannot go back', () => {
  test.each([
    ['its topic is gone', { topic: 'gone' }],
    ['its partition does not exist', { partition: 2, topic: 'small' }],
  ])('because %s stays, and the others go', async (_, origin) => {
    const rig = await new DeadLetterRig().prepare();
    await rig.venue.admin.createTopics([{ name: 'small', partitions: 1 }]);
    await rig.letter({ record: record(origin) });
    await rig.letter({ record: await rig.original() });
    const planned = await plan(rig);
    expect(planned.targets.find(({ topic }) => topic === origin.topic)).toMatchObject({ letters: 1, homeless: 1 });
    const report = await run(rig);
    expect(report).toMatchObject({ redriven: 1, failed: 1, failures: [{ partition: 2, offset: 0, id: `${origin.topic}/2/41` }] });
    expect((await plan(rig)).redrivenBefore).toBe(1);
  });
});

describe('a pointer', () => {
  test('goes back with the value of its original', async () => {
    const rig = await new DeadLetterRig().prepare();
    await rig.original({ value: bytes('another') });
    const original = await rig.original({ key: bytes('k'.repeat(2_000)), value: bytes('large'), headers: [['h', bytes('1')]] });
    await rig.letter({ record: original }, 'pointer');
    expect((await plan(rig)).targets).toEqual([{ topic: 'orders', letters: 1, pointers: 1, gone: 0, homeless: 0 }]);
    expect(await run(rig)).toMatchObject({ redriven: 1 });
    const back = (await rig.read('orders')).at(-1)!;
    expect([text(back.value), back.key?.length, back.headers[0]]).toEqual(['large', 2_000, ['h', bytes('1')]]);
    expect(readEarlierLife(back)?.id).toBe('orders/2/1');
    expect((await plan(rig)).redrivenBefore).toBe(1);
  });

  test('whose original is gone stays, and is never taken for a tombstone', async () => {
    const rig = await new DeadLetterRig().prepare();
    const original = await rig.original({ value: bytes('large') });
    await rig.letter({ record: original }, 'pointer');
    await rig.venue.admin.deleteRecords([{ topic: 'orders', partition: 2, beforeOffset: 1 }]);
    expect((await plan(rig)).targets).toMatchObject([{ pointers: 1, gone: 1 }]);
    expect(await run(rig)).toMatchObject({ redriven: 0, failed: 1, failures: [{ error: { code: 'OFFSET_OUT_OF_RANGE' } }] });
    expect(await rig.read('orders')).toEqual([]);
  });

  test('into a topic that was made again does not take what is there now for its record', async () => {
    const rig = await new DeadLetterRig().prepare();
    await rig.letter({ record: { ...(await rig.original({ value: bytes('large') })), timestamp: 1 } }, 'pointer');
    expect(await run(rig)).toMatchObject({ redriven: 0, failed: 1 });
  });
});

test('a dead letter of a dead letter goes back to the first topic', async () => {
  const rig = await new DeadLetterRig().prepare();
  const original = await rig.original({ value: bytes('v') });
  const first = writeLetter(rejected({ record: original }), { groupId: 'billing', now: 1, headerFidelity: 'exact', kind: 'letter' });
  await rig.letter({ record: stored(first, { topic: 'between', partition: 0 }) });
  expect(await run(rig)).toMatchObject({ redriven: 1 });
  expect((await rig.read('orders')).map(({ value }) => text(value))).toEqual(['v', 'v']);
});

test('an id stays the same on a transport that loses headers', async () => {
  const rig = await new DeadLetterRig().prepare();
  await rig.letter({
    record: await rig.original({
      headers: [
        ['b', null],
        ['a', bytes('1')],
      ],
    }),
  });
  const transport = bound(rig.transport, { capabilities: { ...rig.transport.capabilities, headerFidelity: 'lossy' } });
  const planned = await plan(rig);
  await rig.settle(redrive({ ...parts(rig), transport }, planned));
  const back = (await rig.read('orders')).at(-1)!;
  expect(back.headers.find(([name]) => name === 'b')).toBeUndefined();
  await rig.letter({ record: back });
  await run(rig);
  const again = (await rig.read('orders')).at(-1)!;
  expect(again.headers.slice(0, 2).map(([name, value]) => [name, text(value)])).toEqual([
    ['b', null],
    ['a', '1'],
  ]);
});
