import type { ConformanceCase } from '../conformance-case.ts';
import { expectEqual, values } from '../expectations.ts';
import { storedOffsets } from '../stored-offsets.ts';

export const OUT_OF_RANGE: readonly ConformanceCase[] = [
  {
    name: 'a fetch below the log start is out of range: told, nothing stored, nothing delivered until fetchFrom',
    async run(context) {
      const { topic, produce, join, until, settle, venue } = context;
      const name = await topic({ partitions: 2 });
      await produce(name, 0, values(10));
      await settle(venue.admin.deleteRecords([{ topic: name, partition: 0, beforeOffset: 6 }]), 'deleteRecords');
      const probe = await join('m1', [name]);
      const held = probe.partition(name, 0);
      probe.consumer.fetchFrom(held, 2);
      await until(() => probe.eventsOf('outOfRange').length > 0, 'outOfRange');
      const { fetchedFrom, logStartOffset, logEndOffset, epoch } = probe.eventsOf('outOfRange')[0]!.range;
      expectEqual([fetchedFrom, logStartOffset, logEndOffset, epoch], [2, 6, 10, held.epoch], 'what is told');
      probe.consumer.fetchFrom(probe.partition(name, 1), 0);
      for (const count of [1, 2]) {
        await produce(name, 1, ['tick']);
        await until(() => probe.recordsOf(name, 1).length === count, 'the other partition');
      }
      expectEqual(probe.recordsOf(name, 0).length, 0, 'records after outOfRange, before fetchFrom');
      expectEqual(probe.eventsOf('outOfRange').length, 1, 'times that outOfRange was told');
      probe.consumer.fetchFrom(held, 6);
      await until(() => probe.recordsOf(name, 0).length === 4, 'the records from the log start on');
      const stored = await storedOffsets(context, name);
      expectEqual(
        stored.map(({ offset }) => offset),
        [null, null],
        'offsets stored',
      );
    },
  },
  {
    name: 'a fetch above the log end is out of range: told, nothing stored, nothing jumped',
    async run(context) {
      const { topic, produce, join, until } = context;
      const name = await topic();
      await produce(name, 0, values(3));
      const probe = await join('m1', [name]);
      const held = probe.partition(name, 0);
      probe.consumer.fetchFrom(held, 100);
      await until(() => probe.eventsOf('outOfRange').length > 0, 'outOfRange');
      const { fetchedFrom, logStartOffset, logEndOffset } = probe.eventsOf('outOfRange')[0]!.range;
      expectEqual([fetchedFrom, logStartOffset, logEndOffset], [100, 0, 3], 'what is told');
      probe.consumer.fetchFrom(held, 1);
      await until(() => probe.recordsOf(name, 0).length === 2, 'the records from offset 1 on');
      const stored = await storedOffsets(context, name);
      expectEqual(
        stored.map(({ offset }) => offset),
        [null],
        'offsets stored',
      );
    },
  },
  {
    name: 'a committed offset out of range is told as it is stored, beside the range',
    async run(context) {
      const { topic, produce, join, settle, venue } = context;
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(5));
      await settle(
        venue.admin.setCommittedOffsets(context.groupId, [
          { topic: name, partition: 0, offset: 50 },
          { topic: name, partition: 1, offset: 1 },
        ]),
        'setCommittedOffsets',
      );
      await settle(venue.admin.deleteRecords([{ topic: name, partition: 1, beforeOffset: 4 }]), 'deleteRecords');
      const probe = await join('m1', [name]);
      const told = [0, 1]
        .map((partition) => probe.partition(name, partition))
        .map((held) => [held.committedOffset, held.logStartOffset, held.logEndOffset]);
      expectEqual(
        told,
        [
          [50, 0, 5],
          [1, 4, 5],
        ],
        'committed offset, log start and log end',
      );
      const stored = await storedOffsets(context, name);
      expectEqual(
        stored.map(({ offset }) => offset),
        [50, 1],
        'offsets stored',
      );
    },
  },
];
