import type { PartitionCommit, PartitionEpoch } from '../../../src/transport.ts';
import type { ConformanceCase, ConformanceContext } from '../conformance-case.ts';
import { expectEqual, expectTrue, values } from '../expectations.ts';
import type { Probe } from '../probe.ts';
import { storedOffsets } from '../stored-offsets.ts';

/** Longer than Kafka's default limit of 4,096 characters (`offset.metadata.max.bytes`). */
const TOO_LONG = 'm'.repeat(5_000);

function commitOf({ topic, partition, epoch }: PartitionEpoch, offset: number, metadata: string | null = null): PartitionCommit {
  return { topic, partition, epoch, offset, metadata };
}

async function stored(context: ConformanceContext, topic: string): Promise<readonly (number | null)[]> {
  return (await storedOffsets(context, topic)).map(({ offset }) => offset);
}

async function commit(
  { settle }: ConformanceContext,
  probe: Probe,
  ...offsets: readonly PartitionCommit[]
): ReturnType<Probe['consumer']['commit']> {
  return settle(probe.consumer.commit(offsets), 'commit');
}

export const COMMITTING: readonly ConformanceCase[] = [
  {
    name: 'an acknowledged commit is stored, and only that: offset 0 is 0, others stay without one',
    async run(context) {
      const name = await context.topic({ partitions: 2 });
      await context.produce(name, 0, values(5));
      const probe = await context.join('m1', [name]);
      expectEqual(await stored(context, name), [null, null], 'offsets before any commit');
      const first = commitOf(probe.partition(name, 0), 0);
      expectEqual(await commit(context, probe, first), [{ ...first, outcome: 'acknowledged' }], 'the answer');
      expectEqual(await stored(context, name), [0, null], 'offsets after a commit of 0');
      await commit(context, probe, commitOf(probe.partition(name, 0), 4));
      expectEqual(await stored(context, name), [4, null], 'offsets after a commit of 4');
    },
  },
  {
    name: 'one answer for each offset, in order, with all that was given',
    async run(context) {
      const [first, second] = [await context.topic({ partitions: 2 }), await context.topic()];
      await context.produce(first, 0, values(3));
      const probe = await context.join('m1', [first, second]);
      const offsets = [
        commitOf(probe.partition(second, 0), 0, 'b'),
        commitOf(probe.partition(first, 1), 0),
        commitOf(probe.partition(first, 0), 3, 'a'),
      ];
      expectEqual(
        await commit(context, probe, ...offsets),
        offsets.map((each) => ({ ...each, outcome: 'acknowledged' })),
        'the answers',
      );
      expectEqual([await stored(context, first), await stored(context, second)], [[3, 0], [0]], 'offsets stored');
    },
  },
  {
    name: 'a commit of no offsets answers with nothing',
    async run(context) {
      const name = await context.topic();
      const probe = await context.join('m1', [name]);
      expectEqual(await commit(context, probe), [], 'the answer');
    },
  },
  {
    name: 'a lower offset is stored like any other: the transport decides nothing about commits',
    async run(context) {
      const name = await context.topic();
      await context.produce(name, 0, values(5));
      const probe = await context.join('m1', [name]);
      await commit(context, probe, commitOf(probe.partition(name, 0), 5));
      const [answer] = await commit(context, probe, commitOf(probe.partition(name, 0), 2));
      expectEqual([answer?.outcome, await stored(context, name)], ['acknowledged', [2]], 'a lower commit');
    },
  },
  {
    name: 'a new member reads what the old one committed, offset and metadata as sent',
    requires: 'commitMetadata',
    async run(context) {
      const { topic, produce, join, settle } = context;
      const name = await topic({ partitions: 3 });
      await produce(name, 0, values(5));
      const metadata = `{"v":1,"é":"${'x'.repeat(3_000)}"}`;
      const first = await join('m1', [name]);
      await commit(context, first, commitOf(first.partition(name, 0), 3, metadata), commitOf(first.partition(name, 1), 0, ''));
      await settle(first.consumer.stop(), 'stop');
      const second = await join('m1', [name]);
      const told = [0, 1, 2]
        .map((partition) => second.partition(name, partition))
        .map((held) => [held.committedOffset, held.committedMetadata ?? '']);
      expectEqual(
        told,
        [
          [3, metadata],
          [0, ''],
          [null, ''],
        ],
        'what is told at the assignment',
      );
      const [listed] = await storedOffsets(context, name);
      expectEqual([listed?.offset, listed?.metadata], [3, metadata], 'what the coordinator stores');
    },
  },
  {
    name: 'a negative offset that another client stored is told as stored: the group has started before',
    async run(context) {
      const { admin, topic, join, settle, groupId } = context;
      const name = await topic({ partitions: 2 });
      await settle(admin.setCommittedOffsets(groupId, [{ topic: name, partition: 0, offset: -2 }]), 'setCommittedOffsets');
      expectEqual(await stored(context, name), [-2, null], 'what the coordinator stores');
      const probe = await join('m1', [name]);
      expectEqual(
        [0, 1].map((partition) => probe.partition(name, partition).committedOffset),
        [-2, null],
        'what is told at the assignment',
      );
    },
  },
  {
    name: 'metadata that is too long is refused with Kafka’s code, and only that offset of the call',
    requires: 'commitMetadata',
    async run(context) {
      const name = await context.topic({ partitions: 2 });
      await context.produce(name, 1, values(2));
      const probe = await context.join('m1', [name]);
      const answers = await commit(
        context,
        probe,
        commitOf(probe.partition(name, 0), 0, TOO_LONG),
        commitOf(probe.partition(name, 1), 2, 'short'),
      );
      const told = answers.map((answer) =>
        answer.outcome === 'refused' ? [answer.outcome, answer.code, answer.retriable] : [answer.outcome],
      );
      expectEqual(told, [['refused', 'OFFSET_METADATA_TOO_LARGE', false], ['acknowledged']], 'the answers');
      expectEqual(await stored(context, name), [null, 2], 'offsets stored');
    },
  },
  {
    name: 'a commit with an epoch that is over is refused and not stored',
    async run(context) {
      const { topic, produce, join, until } = context;
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(5));
      const first = await join('m1', [name]);
      const old = [first.partition(name, 0), first.partition(name, 1)];
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      const moved = old.filter((each) => first.held.get(`${name}/${each.partition}`)?.epoch !== each.epoch);
      expectTrue(moved.length > 0, 'the second member holds a partition, and no epoch of the first is over');
      const answers = await commit(context, first, ...moved.map((each) => commitOf(each, 4)));
      expectEqual(
        answers.map(({ outcome }) => outcome),
        moved.map(() => 'refused'),
        'outcomes of commits of an old epoch',
      );
      expectEqual(await stored(context, name), [null, null], 'offsets stored');
    },
  },
  {
    name: 'a commit made inside revoked goes out before the rejoin, and the next owner reads it',
    async run(context) {
      const { topic, produce, join, until } = context;
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(5));
      const outcomes: string[] = [];
      const probes: Probe[] = [];
      const first = await join('m1', [name], {
        async onRevoked(partitions) {
          const answers = await probes[0]!.consumer.commit(partitions.map((each) => commitOf(each, 3)));
          outcomes.push(...answers.map(({ outcome }) => outcome));
        },
      });
      probes.push(first);
      const second = await join('m2', [name]);
      await until(
        () => second.held.size === 1 && outcomes.length > 0,
        'the second member to hold a partition, and the commits to be answered',
      );
      expectTrue(
        outcomes.every((outcome) => outcome === 'acknowledged'),
        `outcomes of commits inside revoked: ${outcomes.join(', ')}`,
      );
      expectEqual(
        [...second.held.values()].map(({ committedOffset }) => committedOffset),
        [3],
        'what the next owner is told',
      );
    },
  },
  {
    name: 'a rebalance erases no committed offset',
    async run(context) {
      const { topic, produce, join, until, settle } = context;
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(3));
      const first = await join('m1', [name]);
      await commit(context, first, commitOf(first.partition(name, 0), 1), commitOf(first.partition(name, 1), 2));
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      await settle(second.consumer.stop(), 'stop of the second');
      await until(() => first.held.size === 2, 'the first to hold both again');
      expectEqual(await stored(context, name), [1, 2], 'offsets stored');
      expectEqual(
        [0, 1].map((partition) => first.partition(name, partition).committedOffset),
        [1, 2],
        'what is told at the last assignment',
      );
    },
  },
  {
    name: 'a refused commit tells Kafka’s code and whether to try again, and stores nothing',
    faults: ['commit-refused'],
    async run(context) {
      const { topic, produce, join, venue } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const probe = await join('m1', [name]);
      for (const [code, retriable] of [
        ['UNKNOWN_TOPIC_OR_PARTITION', true],
        ['INVALID_COMMIT_OFFSET_SIZE', false],
      ] as const) {
        venue.inject({ kind: 'commit-refused', code });
        const [answer] = await commit(context, probe, commitOf(probe.partition(name, 0), 3));
        expectEqual(answer?.outcome === 'refused' ? [answer.code, answer.retriable] : answer?.outcome, [code, retriable], 'the answer');
        expectEqual(await stored(context, name), [null], 'offsets stored: nothing is tried again inside');
      }
      const [answer] = await commit(context, probe, commitOf(probe.partition(name, 0), 3));
      expectEqual([answer?.outcome, await stored(context, name)], ['acknowledged', [3]], 'the next commit');
    },
  },
  {
    name: 'a commit whose answer is lost is unknown, within the request time-out, and stored',
    faults: ['commit-reply-lost'],
    async run(context) {
      const { topic, produce, join, venue, sessionTimeoutMs } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const probe = await join('m1', [name]);
      venue.inject({ kind: 'commit-reply-lost' });
      const sentAt = venue.clock.now();
      const [answer] = await commit(context, probe, commitOf(probe.partition(name, 0), 3));
      expectEqual(answer?.outcome, 'unknown', 'the answer');
      expectTrue(
        venue.clock.now() - sentAt < sessionTimeoutMs + 1_000,
        `the answer took ${venue.clock.now() - sentAt} ms, more than the request time-out`,
      );
      expectEqual(await stored(context, name), [3], 'offsets stored');
    },
  },
  {
    name: 'a commit that is lost on its way is unknown, and never sent again from inside',
    faults: ['commit-request-lost'],
    async run(context) {
      const { topic, produce, join, until, venue } = context;
      const name = await topic();
      await produce(name, 0, values(5));
      const probe = await join('m1', [name]);
      venue.inject({ kind: 'commit-request-lost' });
      const [answer] = await commit(context, probe, commitOf(probe.partition(name, 0), 3));
      expectEqual([answer?.outcome, await stored(context, name)], ['unknown', [null]], 'the answer, and what is stored');
      // A rebalance is where a hidden retry would go out, with the new generation.
      const second = await join('m2', [name]);
      await until(() => probe.held.size + second.held.size === 1, 'the members to share the partition');
      expectEqual(await stored(context, name), [null], 'offsets stored after a rebalance');
    },
  },
];
