import type { ConformanceCase } from '../conformance-case.ts';
import { expectEqual, expectTrue, values } from '../expectations.ts';

export const JOINING: readonly ConformanceCase[] = [
  {
    name: 'connect resolves, again and again',
    async run({ open, settle }) {
      const { transport } = await open('m1');
      await settle(transport.connect({ timeoutMs: 10_000 }), 'a second connect');
    },
  },
  {
    name: 'start resolves when the first assignment was handed over, with member, generation, log ends and no commit',
    async run({ topic, produce, join, settle, admin }) {
      const name = await topic({ partitions: 2 });
      await produce(name, 0, values(3));
      const probe = await join('m1', [name]);
      const [first] = probe.eventsOf('assigned');
      expectTrue(first !== undefined, 'start resolved before anything was assigned');
      expectTrue((first?.assignment.generation ?? -1) >= 0, `the generation is ${first?.assignment.generation}`);
      const held = [probe.partition(name, 0), probe.partition(name, 1)];
      expectEqual(
        held.map((each) => [each.committedOffset, each.committedMetadata]),
        [
          [null, null],
          [null, null],
        ],
        'what is committed in a new group',
      );
      expectEqual(
        held.map((each) => [each.logStartOffset, each.logEndOffset]),
        [
          [0, 3],
          [0, 0],
        ],
        'log start and end',
      );
      const [described] = await settle(admin.describeTopics([name]), 'describeTopics');
      for (const each of held)
        expectTrue(
          each.topicId === null || each.topicId === described?.topicId,
          `the topic's id is ${described?.topicId}, told was ${each.topicId}`,
        );
    },
  },
  {
    name: 'an assignment may be empty: a member without a partition starts, and gets one when the other leaves',
    async run({ topic, join, until, settle }) {
      const name = await topic();
      const first = await join('m1', [name]);
      const second = await join('m2', [name]);
      expectEqual(second.eventsOf('assigned').length > 0, true, 'start of the second resolved after an assignment');
      await until(() => first.held.size + second.held.size === 1, 'one of two members to hold the only partition');
      const [owner, idle] = first.held.size === 1 ? [first, second] : [second, first];
      await settle(owner.consumer.stop(), 'stop of the owner');
      await until(() => idle.held.size === 1, 'the idle member to get the partition');
    },
  },
  {
    name: 'nothing is delivered before fetchFrom',
    async run({ topic, produce, join, until }) {
      const name = await topic({ partitions: 4 });
      for (let partition = 0; partition < 4; partition++) await produce(name, partition, values(3));
      const probe = await join('m1', [name]);
      probe.consumer.fetchFrom(probe.partition(name, 0), 0);
      probe.consumer.fetchFrom(probe.partition(name, 1), 0);
      // The two that fetch are the clock: both leaders were asked several times.
      for (let round = 1; round <= 3; round++) {
        await until(
          () => [0, 1].every((partition) => probe.recordsOf(name, partition).length === 3 * round),
          `round ${round} to be delivered`,
        );
        for (const partition of [0, 1, 2, 3]) await produce(name, partition, values(3));
      }
      expectEqual(
        probe.eventsOf('batch').filter(({ batch }) => batch.partition > 1).length,
        0,
        'batches of partitions that nobody asked for',
      );
    },
  },
  {
    name: 'start ends when stop is called meanwhile',
    async run({ topic, open, probe, settle }) {
      const name = await topic();
      const member = probe(await open('m1'), [name]);
      const started = member.consumer.start().catch(() => undefined); // either end is one
      await settle(member.consumer.stop(), 'stop during start');
      await settle(started, 'start after stop');
    },
  },
  {
    name: 'several members that join at the same moment all get in, and share the partitions',
    async run({ topic, open, probe, settle, until }) {
      const name = await topic({ partitions: 6 });
      const opened = await Promise.all(['m1', 'm2', 'm3'].map((member) => open(member)));
      const members = opened.map((member) => probe(member, [name]));
      await settle(Promise.all(members.map((member) => member.consumer.start())), 'three starts');
      await until(() => members.every((member) => member.held.size === 2), 'each of three members to hold two of six partitions');
      expectEqual(new Set(members.flatMap((member) => [...member.held.keys()])).size, 6, 'partitions held');
      expectEqual(members.flatMap((member) => member.eventsOf('failed')).length, 0, 'members that failed');
    },
  },
  {
    name: 'a group instance id is refused with UNSUPPORTED where static membership is missing',
    async run({ topic, open, probe, rejection }) {
      const name = await topic();
      const member = await open('m1');
      if (member.transport.capabilities.staticMembership) return;
      const attempt = async (): Promise<unknown> => probe(member, [name], {}, { groupInstanceId: 'instance-1' }).consumer.start();
      expectEqual(await rejection(attempt(), 'a consumer with a group instance id'), 'UNSUPPORTED', 'its code');
    },
  },
];
