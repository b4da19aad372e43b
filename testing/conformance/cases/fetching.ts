import type { ProduceRecord } from '../../../src/transport.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { bytes, expectEqual, expectTrue, plain, values } from '../expectations.ts';

const at = { headers: [], timestamp: 1_700_000_000_000 } as const;

export const FETCHING: readonly ConformanceCase[] = [
  {
    name: 'batches follow each other without a gap, from the offset asked for, to the next one, as they were produced',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      await produce(name, 0, values(5, 'a'));
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === 5, 'five records');
      await produce(name, 0, values(5, 'b'));
      await until(() => probe.recordsOf(name, 0).length === 10, 'ten records');
      expectEqual(probe.partition(name, 0).batches[0]?.fetchedFrom, 0, 'fetchedFrom of the first batch');
      const last = probe.partition(name, 0).batches.findLast(({ records }) => records.length > 0);
      expectEqual(last?.nextOffset, 10, 'nextOffset after ten records without gaps');
      const expected = [...values(5, 'a'), ...values(5, 'b')].map((value) => plain({ ...at, key: null, value: bytes(value) }));
      expectEqual(
        probe.recordsOf(name, 0).map((record) => record.offset),
        [...expected.keys()],
        'offsets',
      );
      expectEqual(probe.recordsOf(name, 0).map(plain), expected, 'records');
    },
  },
  {
    name: 'a fetch at an offset inside a produced batch delivers nothing below it',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      await produce(name, 0, values(10));
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 4);
      await until(() => probe.recordsOf(name, 0).length >= 6, 'the six records from offset 4 on');
      expectEqual(
        probe.recordsOf(name, 0).map(({ offset }) => offset),
        [4, 5, 6, 7, 8, 9],
        'offsets',
      );
      expectEqual(probe.partition(name, 0).batches[0]?.fetchedFrom, 4, 'fetchedFrom');
    },
  },
  {
    name: 'the fetch loop goes on turning, and tells when, while nothing is produced',
    async run({ topic, join, until }) {
      const name = await topic();
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      const turnedAt = (): number => probe.consumer.fetchTurnedAt?.() ?? 0;
      await until(() => turnedAt() > 0, 'the first turn');
      const first = turnedAt();
      await until(() => turnedAt() > first, 'another turn');
    },
  },
  {
    name: 'null, empty and other keys and values stay what they are',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      const records: ProduceRecord[] = [
        { ...at, key: null, value: null },
        { ...at, key: bytes('k'), value: null },
        { ...at, key: bytes(''), value: bytes('') },
        { ...at, key: null, value: bytes('') },
        { ...at, key: Uint8Array.of(0, 255, 128), value: Uint8Array.of(0xff, 0xfe, 0) },
      ];
      await produce(name, 0, records);
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === records.length, 'the records');
      expectEqual(probe.recordsOf(name, 0).map(plain), records.map(plain), 'records');
    },
  },
  {
    name: 'timestamps come as they were produced: 0, 1 and a real one',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      const times = [1_763_900_000_123, 0, 1, 1_700_000_000_000];
      for (const timestamp of times) await produce(name, 0, [{ value: bytes('v'), timestamp }]);
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === times.length, 'the records');
      expectEqual(
        probe.recordsOf(name, 0).map(({ timestamp }) => timestamp),
        times,
        'timestamps',
      );
    },
  },
  {
    name: 'a topic with log append time tells the broker’s time',
    async run({ topic, produce, join, until, venue }) {
      const name = await topic({ configs: { 'message.timestamp.type': 'LogAppendTime' } });
      const before = venue.clock.now();
      await produce(name, 0, [{ value: bytes('v'), timestamp: 5 }]);
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === 1, 'the record');
      const told = probe.recordsOf(name, 0)[0]?.timestamp ?? -1;
      expectTrue(Math.abs(told - before) < 60_000, `the timestamp is ${told}, and it was produced at about ${before}`);
    },
  },
  {
    name: 'headers come exactly: their order, repeated names, null and empty values, names like numbers and prototypes',
    requires: 'exactHeaders',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      const headers: ProduceRecord['headers'] = [
        ['b', bytes('1')],
        ['a', null],
        ['b', bytes('')],
        ['7', bytes('2')],
        ['__proto__', bytes('3')],
        ['constructor', bytes('4')],
        ['é', bytes('5')],
        ['', bytes('6')],
      ];
      const records: ProduceRecord[] = [
        { ...at, key: null, value: bytes('v'), headers },
        { ...at, key: null, value: bytes('none') },
      ];
      await produce(name, 0, records);
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === 2, 'the records');
      expectEqual(probe.recordsOf(name, 0).map(plain), records.map(plain), 'records');
    },
  },
  {
    name: 'header values of a name come in order, whatever the fidelity',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      await produce(name, 0, [
        {
          value: bytes('v'),
          headers: [
            ['trace', bytes('1')],
            ['trace', bytes('2')],
            ['other', bytes('3')],
          ],
        },
      ]);
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === 1, 'the record');
      const headers = probe.recordsOf(name, 0)[0]?.headers ?? [];
      const of = (wanted: string): string[] =>
        headers.filter(([each]) => each === wanted).map(([, value]) => new TextDecoder().decode(value ?? undefined));
      expectEqual([of('trace'), of('other'), headers.length], [['1', '2'], ['3'], 3], 'headers');
    },
  },
  {
    name: 'a fetch at the log end delivers nothing until there is something, and then exactly that',
    async run({ topic, produce, join, until }) {
      const name = await topic({ partitions: 2 });
      await produce(name, 0, values(3));
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 3);
      probe.consumer.fetchFrom(probe.partition(name, 1), 0);
      // Twice the other partition's turn: a fetch of this one has come back with nothing meanwhile.
      for (const count of [1, 2]) {
        await produce(name, 1, ['tick']);
        await until(() => probe.recordsOf(name, 1).length === count, 'the other partition');
      }
      expectEqual(probe.recordsOf(name, 0).length, 0, 'records from the log end');
      await produce(name, 0, ['new']);
      await until(() => probe.recordsOf(name, 0).length > 0, 'the new record');
      expectEqual(
        probe.recordsOf(name, 0).map(({ offset }) => offset),
        [3],
        'offsets',
      );
      expectEqual(probe.eventsOf('outOfRange').length, 0, 'outOfRange: the log end is not out of range');
    },
  },
  {
    name: 'a dropped batch is forgotten, and nothing of the partition comes until fetchFrom asks again',
    async run({ topic, produce, join, until }) {
      const name = await topic({ partitions: 2 });
      await produce(name, 0, values(4));
      let drop = true;
      const probe = await join('m1', [name], { onBatch: ({ partition }) => (partition === 0 && drop ? 'dropped' : 'accepted') });
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      probe.consumer.fetchFrom(probe.partition(name, 1), 0);
      await until(() => probe.eventsOf('batch').some(({ batch }) => batch.partition === 0), 'a batch to drop');
      for (const count of [1, 2]) {
        await produce(name, 1, ['tick']);
        await until(() => probe.recordsOf(name, 1).length === count, 'the other partition');
      }
      expectEqual(
        probe.eventsOf('batch').filter(({ batch }) => batch.partition === 0).length,
        1,
        'batches after the drop, before fetchFrom',
      );
      drop = false;
      probe.consumer.fetchFrom(probe.partition(name, 0), 1);
      await until(() => probe.recordsOf(name, 0).length === 3, 'the records from offset 1 on');
      expectEqual(
        probe.recordsOf(name, 0).map(({ offset }) => offset),
        [1, 2, 3],
        'offsets',
      );
    },
  },
  {
    name: 'a batch tells log start and high watermark where it knows them',
    async run({ topic, produce, join, until, settle, venue }) {
      const name = await topic();
      await produce(name, 0, values(6));
      await settle(venue.admin.deleteRecords([{ topic: name, partition: 0, beforeOffset: 2 }]), 'deleteRecords');
      const probe = await join('m1', [name]);
      expectEqual(
        [probe.partition(name, 0).logStartOffset, probe.partition(name, 0).logEndOffset],
        [2, 6],
        'log start and end at the assignment',
      );
      probe.consumer.fetchFrom(probe.partition(name, 0), 3);
      await until(() => probe.recordsOf(name, 0).length === 3, 'three records');
      for (const batch of probe.partition(name, 0).batches) {
        expectTrue(
          batch.logStartOffset === null || batch.logStartOffset === 2,
          `logStartOffset is ${batch.logStartOffset}, and must be 2 or null`,
        );
        expectTrue(
          batch.highWatermark === null || batch.highWatermark === 6,
          `highWatermark is ${batch.highWatermark}, and must be 6 or null`,
        );
        expectTrue(
          batch.lastStableOffset === null || batch.lastStableOffset === 6,
          `lastStableOffset is ${batch.lastStableOffset}, and must be 6 or null`,
        );
      }
    },
  },
  {
    name: 'a record larger than the limit of a fetch is delivered all the same, and large logs come in several batches',
    async run({ topic, produce, join, until }) {
      const name = await topic();
      const large = { value: new Uint8Array(50_000).fill(7) };
      for (let count = 0; count < 4; count++) await produce(name, 0, [large]);
      const probe = await join('m1', [name], {}, { maxBytesPerPartition: 1_000 });
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      await until(() => probe.recordsOf(name, 0).length === 4, 'four large records');
      expectTrue(
        probe.partition(name, 0).batches.length >= 4,
        `a limit of 1,000 bytes, and ${probe.partition(name, 0).batches.length} batches for 200,000 bytes`,
      );
      expectEqual(
        probe.recordsOf(name, 0).map(({ value }) => value?.length),
        [50_000, 50_000, 50_000, 50_000],
        'sizes',
      );
    },
  },
  {
    name: 'fetchFrom in an epoch that is over does nothing',
    async run({ topic, produce, join, until }) {
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(2));
      const first = await join('m1', [name]);
      const old = [first.partition(name, 0), first.partition(name, 1)];
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      for (const partition of old) first.consumer.fetchFrom(partition, 0);
      const [held] = [...second.held.values()];
      second.consumer.fetchFrom(held!, 0);
      await until(() => second.recordsOf(name, held!.partition).length === 2, 'the other member to read');
    },
  },
];
