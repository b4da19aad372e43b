import type { ConformanceCase } from '../conformance-case.ts';
import { expectEqual, expectTrue, values } from '../expectations.ts';
import type { Probe } from '../probe.ts';
import { storedOffsets } from '../stored-offsets.ts';

export const REBALANCING: readonly ConformanceCase[] = [
  {
    name: 'two members: what one gets, the other was told to have lost first, and every assignment is a new epoch',
    async run({ topic, join, until }) {
      const name = await topic({ partitions: 4 });
      const first = await join('m1', [name]);
      expectEqual(first.held.size, 4, 'partitions of a lone member');
      const second = await join('m2', [name]);
      await until(() => first.held.size === 2 && second.held.size === 2, 'each to hold two partitions');
      expectEqual(new Set([...first.held.keys(), ...second.held.keys()]).size, 4, 'partitions held by the two');
      const taken = [...first.eventsOf('revoked'), ...first.eventsOf('lost')]
        .flatMap(({ partitions }) => partitions)
        .map(({ partition }) => partition);
      for (const { partition } of second.held.values())
        expectTrue(taken.includes(partition), `partition ${partition} moved, and its owner was not told`);
    },
  },
  {
    name: 'a member that stops leaves its group at once: the other gets everything long before the session time-out',
    async run({ topic, join, until, settle, venue, sessionTimeoutMs }) {
      const name = await topic({ partitions: 4 });
      const first = await join('m1', [name], {}, { sessionTimeoutMs: sessionTimeoutMs * 4 });
      const second = await join('m2', [name], {}, { sessionTimeoutMs: sessionTimeoutMs * 4 });
      await until(() => first.held.size === 2 && second.held.size === 2, 'each to hold two partitions');
      const stoppedAt = venue.clock.now();
      await settle(second.consumer.stop(), 'stop');
      await until(() => first.held.size === 4, 'the first to hold all');
      expectTrue(
        venue.clock.now() - stoppedAt < sessionTimeoutMs * 3,
        `the partitions came ${venue.clock.now() - stoppedAt} ms after the stop`,
      );
    },
  },
  {
    name: 'a member that dies is noticed by the session time-out, and its partitions come with what it committed',
    async run({ topic, produce, open, probe, join, until, settle }) {
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(5));
      const member = await open('m1');
      const first = probe(member, [name]);
      await settle(first.consumer.start(), 'start');
      const offsets = [0, 1]
        .map((partition) => first.partition(name, partition))
        .map(({ topic: of, partition, epoch }) => ({ topic: of, partition, epoch, offset: 2, metadata: null }));
      await settle(first.consumer.commit(offsets), 'commit');
      member.kill();
      const second = await join('m2', [name]);
      await until(() => second.held.size === 2, 'the second to hold both');
      expectEqual(
        [0, 1].map((partition) => second.partition(name, partition).committedOffset),
        [2, 2],
        'what is told at the assignment',
      );
      second.consumer.fetchFrom(second.partition(name, 0), 2);
      await until(() => second.recordsOf(name, 0).length === 3, 'the records from the committed offset on');
    },
  },
  {
    name: 'after a rebalance delivery starts only by fetchFrom, in the new epoch',
    async run({ topic, produce, join, until, settle }) {
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(3));
      const first = await join('m1', [name]);
      for (const held of first.held.values()) first.consumer.fetchFrom(held, 0);
      await until(() => [0, 1].every((partition) => first.recordsOf(name, partition).length === 3), 'all records');
      const second = await join('m2', [name]);
      await until(() => first.held.size === 1 && second.held.size === 1, 'each to hold one partition');
      await settle(second.consumer.stop(), 'stop of the second');
      await until(() => first.held.size === 2, 'the first to hold both again');
      const returned = [...first.held.values()].filter(({ position }) => position === null);
      expectTrue(returned.length > 0, 'a partition that came back waits for fetchFrom');
      for (const partition of [0, 1]) await produce(name, partition, ['later']);
      for (const held of returned) first.consumer.fetchFrom(held, 1);
      await until(() => returned.every(({ partition }) => first.recordsOf(name, partition).length === 3), 'the records from offset 1 on');
      for (const { partition } of returned)
        expectEqual(
          first.recordsOf(name, partition).map(({ offset }) => offset),
          [1, 2, 3],
          'offsets of the new epoch',
        );
    },
  },
  {
    name: 'a member that is evicted while it lives is told that all is lost, has its commits refused, and comes back in new epochs',
    faults: ['heartbeat-request-lost'],
    async run(context) {
      const { topic, produce, join, until, settle, venue, groupId } = context;
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(5));
      const probe = await join('m1', [name]);
      const old = [0, 1].map((partition) => probe.partition(name, partition));
      venue.inject({ kind: 'heartbeat-request-lost', member: 'm1', times: 1_000 });
      await until(async () => (await venue.admin.describeGroup(groupId)).members.length === 0, 'the member to be evicted');
      venue.disarm();
      await until(() => probe.eventsOf('lost').length > 0, 'the member to be told');
      const lost = probe.eventsOf('lost').flatMap(({ partitions }) => partitions.map(({ partition, epoch }) => `${partition}@${epoch}`));
      expectEqual(lost.toSorted(), old.map(({ partition, epoch }) => `${partition}@${epoch}`).toSorted(), 'partitions and epochs lost');
      expectEqual(probe.eventsOf('revoked').length, 0, 'times that revoked was told: nothing was announced before');
      const commits = old.map(({ topic: of, partition, epoch }) => ({ topic: of, partition, epoch, offset: 3, metadata: null }));
      const answers = await settle(probe.consumer.commit(commits), 'commit');
      expectEqual(
        answers.map(({ outcome }) => outcome),
        ['refused', 'refused'],
        'outcomes of commits of the lost epochs',
      );
      await until(() => probe.held.size === 2, 'the member to come back');
      expectEqual(
        (await storedOffsets(context, name)).map(({ offset }) => offset),
        [null, null],
        'offsets stored',
      );
      probe.consumer.fetchFrom(probe.partition(name, 0), 1);
      await until(() => probe.recordsOf(name, 0).length === 4, 'the records from offset 1 on');
    },
  },
  {
    name: 'with rebalance grace: revoked is waited for beyond the session; a commit made late in it is stored, and read by the next owner',
    requires: 'rebalanceGrace',
    async run(context) {
      const { topic, produce, join, until, venue, sessionTimeoutMs } = context;
      const name = await topic({ partitions: 2 });
      for (const partition of [0, 1]) await produce(name, partition, values(5));
      const outcomes: string[] = [];
      const probes: Probe[] = [];
      const times = { rebalanceTimeoutMs: sessionTimeoutMs * 5 };
      const first = await join(
        'm1',
        [name],
        {
          async onRevoked(partitions) {
            // A call that runs longer than a session: the member has to be kept alive meanwhile.
            await new Promise<void>((resolve) => void venue.clock.setTimer(sessionTimeoutMs * 1.5, resolve));
            const late = partitions.map(({ topic: of, partition, epoch }) => ({ topic: of, partition, epoch, offset: 4, metadata: null }));
            outcomes.push(...(await probes[0]!.consumer.commit(late)).map(({ outcome }) => outcome));
          },
        },
        times,
      );
      probes.push(first);
      const second = await join('m2', [name], {}, times);
      await until(() => second.held.size === 1 && first.held.size === 1, 'each to hold one partition');
      expectEqual(outcomes, ['acknowledged', 'acknowledged'], 'commits made late in the grace');
      expectEqual(
        [...first.held.values(), ...second.held.values()].map(({ committedOffset }) => committedOffset),
        [4, 4],
        'what the owners after it are told',
      );
      expectEqual(first.eventsOf('lost').length, 0, 'times that partitions were lost');
    },
  },
];
