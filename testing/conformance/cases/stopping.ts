import type { ConformanceCase } from '../conformance-case.ts';
import { expectEqual, values } from '../expectations.ts';
import { storedOffsets } from '../stored-offsets.ts';

export const STOPPING: readonly ConformanceCase[] = [
  {
    name: 'stop is quiet afterwards, commits nothing, and may be called again',
    async run(context) {
      const { topic, produce, join, until, settle } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const first = await join('m1', [name]);
      first.consumer.fetchFrom(first.partition(name, 0), 0);
      await until(() => first.recordsOf(name, 0).length === 5, 'five records');
      const stopping = [first.consumer.stop(), first.consumer.stop()];
      const told = first.events.length;
      await settle(Promise.all(stopping), 'two stops');
      // Another member is the clock: it reads what comes later, and the stopped one must not.
      const second = await join('m2', [name]);
      second.consumer.fetchFrom(second.partition(name, 0), 5);
      for (const count of [1, 2]) {
        await produce(name, 0, ['later']);
        await until(() => second.recordsOf(name, 0).length === count, 'the other member to read');
      }
      await settle(first.consumer.stop(), 'a third stop');
      expectEqual(
        first.events.slice(told).map(({ kind }) => kind),
        [],
        'what was told after stop',
      );
      const stored = await storedOffsets(context, name);
      expectEqual(
        stored.map(({ offset }) => offset),
        [null],
        'offsets stored',
      );
    },
  },
  {
    name: 'a commit after stop is refused and not stored',
    async run(context) {
      const { topic, produce, join, settle } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const probe = await join('m1', [name]);
      const { partition, epoch } = probe.partition(name, 0);
      await settle(probe.consumer.stop(), 'stop');
      const [answer] = await settle(
        probe.consumer.commit([{ topic: name, partition, epoch, offset: 4, metadata: null }]),
        'commit after stop',
      );
      expectEqual(answer?.outcome, 'refused', 'the answer');
      const [stored] = await storedOffsets(context, name);
      expectEqual(stored?.offset, null, 'the offset');
    },
  },
  {
    name: 'a commit that is on its way when stop is called is stored, and answered so',
    async run(context) {
      const { topic, produce, join, settle } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const probe = await join('m1', [name]);
      const { partition, epoch } = probe.partition(name, 0);
      const committing = probe.consumer.commit([{ topic: name, partition, epoch, offset: 4, metadata: null }]);
      const stopping = probe.consumer.stop();
      const [answer] = await settle(committing, 'commit before stop');
      await settle(stopping, 'stop');
      const [stored] = await storedOffsets(context, name);
      if (answer?.outcome !== 'unknown') expectEqual([answer?.outcome, stored?.offset], ['acknowledged', 4], 'answer and offset');
    },
  },
  {
    name: 'close ends what is open, leaves groups without committing, and may be called again',
    async run(context) {
      const { topic, produce, open, probe, until, settle, venue, groupId } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const member = await open('m1');
      const consumer = probe(member, [name]);
      await settle(consumer.consumer.start(), 'start');
      consumer.consumer.fetchFrom(consumer.partition(name, 0), 0);
      await until(() => consumer.recordsOf(name, 0).length === 5, 'five records');
      const producer = member.transport.createProducer({ requestTimeoutMs: 3_000 });
      await settle(producer.partitionCount(name), 'partitionCount');
      await settle(member.transport.close(), 'close');
      const told = consumer.events.length;
      await settle(member.transport.close(), 'a second close');
      const group = await settle(venue.admin.describeGroup(groupId), 'describeGroup');
      expectEqual([group.state, group.members.length], ['Empty', 0], 'the group after close');
      expectEqual(consumer.events.length, told, 'events after close');
      const [stored] = await storedOffsets(context, name);
      expectEqual(stored?.offset, null, 'the offset');
    },
  },
  {
    name: 'a transport that was closed stays closed: what is asked of it rejects, and nothing connects again',
    async run({ topic, open, settle }) {
      const name = await topic();
      const { transport } = await open('m1');
      await settle(transport.admin.describeTopics([name]), 'describeTopics before close');
      await settle(transport.close(), 'close');
      const asked = {
        connect: () => transport.connect({ timeoutMs: 1_000 }),
        describeTopics: () => transport.admin.describeTopics([name]),
      };
      for (const [what, ask] of Object.entries(asked)) {
        const outcome = await settle(
          ask().then(
            () => 'answered',
            (error: { readonly code?: unknown }) => error.code,
          ),
          what,
        );
        expectEqual(outcome, 'BROKER_UNREACHABLE', `${what} after close`);
      }
    },
  },
];
