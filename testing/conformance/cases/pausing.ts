import type { ConformanceCase } from '../conformance-case.ts';
import { expectEqual, expectTrue, values } from '../expectations.ts';

export const PAUSING: readonly ConformanceCase[] = [
  {
    name: 'after pause at most one batch in flight comes, others go on, and resume continues where it was',
    async run({ topic, produce, join, until }) {
      const name = await topic({ partitions: 2 });
      const probe = await join('m1', [name]);
      const paused = probe.partition(name, 0);
      probe.consumer.fetchFrom(paused, 0);
      probe.consumer.fetchFrom(probe.partition(name, 1), 0);
      await produce(name, 0, values(2));
      await until(() => probe.recordsOf(name, 0).length === 2, 'two records');
      const before = probe.eventsOf('batch').filter(({ batch }) => batch.partition === 0).length;
      probe.consumer.pause([paused]);
      probe.consumer.pause([paused]);
      for (let round = 1; round <= 4; round++) {
        await produce(name, 0, [`while paused ${round}`]);
        await produce(name, 1, ['tick']);
        await until(() => probe.recordsOf(name, 1).length === round, 'the other partition, which is not paused');
      }
      const during = probe.eventsOf('batch').filter(({ batch }) => batch.partition === 0).length - before;
      expectTrue(during <= 1, `${during} batches came after pause, and one in flight is the limit`);
      probe.consumer.resume([paused]);
      probe.consumer.resume([paused]);
      await until(() => probe.recordsOf(name, 0).length === 6, 'the records after resume');
      expectEqual(
        probe.recordsOf(name, 0).map(({ offset }) => offset),
        [0, 1, 2, 3, 4, 5],
        'offsets',
      );
    },
  },
  {
    name: 'a member whose partitions are all paused keeps its membership past the session time-out',
    async run({ topic, produce, join, settle, venue, sessionTimeoutMs, groupId }) {
      const name = await topic();
      await produce(name, 0, values(3));
      const probe = await join('m1', [name]);
      const held = probe.partition(name, 0);
      probe.consumer.pause([held]);
      probe.consumer.fetchFrom(held, 0);
      await venue.advance(sessionTimeoutMs * 1.5);
      expectEqual(probe.eventsOf('lost').length + probe.eventsOf('revoked').length, 0, 'partitions taken away from a paused member');
      const [result] = await settle(probe.consumer.commit([{ ...place(held), offset: 1, metadata: null }]), 'commit');
      expectEqual(result?.outcome, 'acknowledged', 'a commit after the pause');
      const group = await settle(venue.admin.describeGroup(groupId), 'describeGroup');
      expectEqual(group.members.length, 1, 'members');
    },
  },
  {
    name: 'a pause ends with its epoch: the partition, assigned again, delivers without a resume',
    async run({ topic, produce, join, until, settle }) {
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(2));
      const first = await join('m1', [name]);
      first.consumer.pause([...first.held.values()]);
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      await settle(second.consumer.stop(), 'stop of the second');
      await until(() => first.held.size === 2, 'the first to hold both again');
      const back = [...first.held.values()].reduce((a, b) => (a.epoch > b.epoch ? a : b));
      first.consumer.fetchFrom(back, 0);
      await until(() => first.recordsOf(name, back.partition).length === 2, 'the partition that came back to deliver');
    },
  },
  {
    name: 'pause and resume of an epoch that is over do nothing',
    async run({ topic, produce, join, until, settle }) {
      const name = await topic({ partitions: 2 });
      const first = await join('m1', [name]);
      const old = [...first.held.values()].map(place);
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      await settle(second.consumer.stop(), 'stop of the second');
      await until(() => first.held.size === 2, 'the first to hold both again');
      const current = [...first.held.values()].filter(({ epoch }) => old.every((each) => each.epoch !== epoch));
      expectTrue(current.length > 0, 'a partition that came back has a new epoch');
      for (const held of current) first.consumer.fetchFrom(held, 0);
      first.consumer.pause(old.filter(({ partition }) => current.some((each) => each.partition === partition)));
      for (const { partition } of current) await produce(name, partition, ['later']);
      await until(
        () => current.every(({ partition }) => first.recordsOf(name, partition).length === 1),
        'records in spite of a pause of the old epoch',
      );
    },
  },
];

function place({ topic, partition, epoch }: { topic: string; partition: number; epoch: number }): {
  topic: string;
  partition: number;
  epoch: number;
} {
  return { topic, partition, epoch };
}
