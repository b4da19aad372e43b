import type { ISocketFactory } from 'kafkajs';
import { describe, expect } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { systemClock } from '../../../src/system-clock.ts';
import type { CommitResult, PartitionCommit, PartitionEpoch } from '../../../src/transport.ts';
import { API, faultySockets } from './support/faulty-sockets.ts';
import { kafkajsTest as test, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { removeMember } from './support/remove-member.ts';
import { during, until } from './support/until.ts';

const TIMES = { sessionTimeoutMs: 3_000, heartbeatIntervalMs: 300, requestTimeoutMs: 1_000 };

describe('the grace of a revocation', () => {
  test('that nobody ends is over in time to join again: the member keeps its place', async ({ kafka, transport }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const times = { ...TIMES, rebalanceTimeoutMs: 4_000 };
    const first = new RecordingMember(transport(), { groupId, topics: [topic], ...times }, { onRevoked: () => new Promise(() => {}) });
    await first.consumer.start();
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    const startedAt = performance.now();
    await second.consumer.start();
    const waitedMs = performance.now() - startedAt;
    await until(() => first.assignments.length === 2, 'the first to be assigned again');
    expect(first.holds(topic).length + second.holds(topic).length).toBe(2);
    expect(first.events.filter((event) => event.startsWith('lost'))).toEqual([]);
    expect(first.assignments[1]?.memberId).toBe(first.assignments[0]?.memberId);
    // The grace of 4,000 ms less three heartbeats was given, and the rebalance time-out was not reached.
    expect(waitedMs).toBeGreaterThan(3_100 - 300);
    expect(waitedMs).toBeLessThan(4_000);
  });

  test('ends with the membership: a coordinator that is silent for a session has given the partitions to others', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const times = { ...TIMES, rebalanceTimeoutMs: 60_000 };
    let isRevoking = false;
    let joins = 0;
    let commits = 0;
    const answers: CommitResult[] = [];
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey === API.joinGroup) joins++;
      if (apiKey === API.offsetCommit) commits++;
      return isRevoking && apiKey === API.heartbeat ? 'drop-request' : 'pass';
    });
    const first = new RecordingMember(
      transport({ client: { socketFactory } }),
      { groupId, topics: [topic], ...times },
      {
        onRevoked: () => {
          isRevoking = true;
          return new Promise(() => {});
        },
        onLost: (partitions, { consumer }) =>
          void consumer.commit(partitions.map(startOf)).then((results) => {
            answers.push(...results);
          }),
      },
    );
    await first.consumer.start();
    const joinsBefore = joins;
    const startedAt = performance.now();
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    await second.consumer.start();
    await until(() => joins > joinsBefore, 'the first to join again', 20_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(first.lost).toMatchObject([{ cause: { code: 'GROUP_FENCED', kafkaCode: null } }]);
    expect(first.events.slice(0, 3)).toEqual(['assigned 0,1', 'revoked 0,1', 'lost 0,1']);
    // What is told as lost is over: no commit of it goes out.
    expect(answers).toMatchObject(Array(2).fill({ outcome: 'refused', code: 'ILLEGAL_GENERATION' }));
    expect(commits).toBe(0);
    isRevoking = false;
  });

  test('ends with the membership: a coordinator that took the member out is what it is told of', async ({ kafka, transport }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const times = { ...TIMES, rebalanceTimeoutMs: 60_000 };
    const first = new RecordingMember(
      transport(),
      { groupId, topics: [topic], ...times },
      {
        onRevoked: (_partitions, member) => removeMember(kafka, groupId, member.assignments[0]!.memberId).then(() => new Promise(() => {})),
      },
    );
    await first.consumer.start();
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    await second.consumer.start();
    await until(() => first.lost.length > 0, 'the first to be told');
    expect(first.lost).toMatchObject([{ cause: { code: 'GROUP_FENCED', kafkaCode: 'UNKNOWN_MEMBER_ID' } }]);
    expect(first.lost[0]!.cause.message).not.toContain('takes this member for dead');
  });

  test('ends with the membership: where kafkajs finds no coordinator any more and leaves, the listener is told', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const times = { ...TIMES, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000 };
    let isRevoking = false;
    const socketFactory = faultySockets(({ apiKey }) => (isRevoking && apiKey === API.findCoordinator ? 'cut' : 'pass'));
    const first = new RecordingMember(
      transport({ client: { socketFactory } }),
      { groupId, topics: [topic], ...times },
      {
        onRevoked: () => {
          isRevoking = true;
          return new Promise(() => {});
        },
      },
    );
    await first.consumer.start();
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    await second.consumer.start();
    await until(() => first.lost.length > 0, 'the first to be told');
    isRevoking = false;
    await until(() => first.assignments.length === 2, 'the first to be assigned again');
    expect(first.events).toEqual(['assigned 0,1', 'revoked 0,1', 'lost 0,1', expect.stringMatching(/^assigned [01]$/)]);
  });

  test('is not passed by an assignment: what was still being read when the member joins again is not told', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    const times = { heartbeatIntervalMs: 300, rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 10_000 };
    let isReading = false;
    const leaving = Promise.withResolvers<void>();
    const socketFactory = faultySockets(({ apiKey }) => (apiKey === API.listOffsets && !isReading ? 'drop-request' : 'pass'));
    // The moment between the end of the epochs and JoinGroup, made long.
    const clock: Clock = {
      ...systemClock,
      yield(callback) {
        if (isStable) leaving.resolve();
        setTimeout(callback, isStable ? 3_000 : 0);
      },
    };
    let isStable = false;
    const first = new RecordingMember(transport({ client: { socketFactory }, clock }), {
      groupId,
      topics: [topic],
      ...times,
      requestTimeoutMs: 500,
    });
    const starting = first.consumer.start();
    await until(async () => (await here.admin.describeGroup(groupId)).state === 'Stable', 'the first to join');
    isStable = true;
    const second = new RecordingMember(here, { groupId, topics: [topic], ...times });
    const joining = second.consumer.start();
    await leaving.promise;
    isReading = true;
    await Promise.all([starting, joining]);
    expect(first.events).toEqual([expect.stringMatching(/^assigned [01]$/)]);
  });

  test("is one for all of kafkajs's loops, which each join by themselves where partitions were added", async ({ kafka, transport }) => {
    const [first, second] = kafka.nodeIds as [number, number];
    const topic = await kafka.topic({ leaders: [first, second] });
    const times = { ...TIMES, rebalanceTimeoutMs: 20_000 };
    const outcomes: string[] = [];
    let joins = 0;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey === API.joinGroup) joins++;
      return 'pass';
    });
    const here = transport({ client: { socketFactory }, metadataMaxAgeMs: 500 });
    const member = new RecordingMember(
      here,
      { groupId: kafka.groupId(), topics: [topic], ...times },
      {
        onRevoked: async (partitions, { consumer }) => {
          const joinsBefore = joins;
          await during(1_500);
          outcomes.push(...(await consumer.commit(partitions.map(startOf))).map(({ outcome }) => outcome), `${joins - joinsBefore} joins`);
        },
      },
    );
    await member.consumer.start();
    await here.admin.createPartitions(topic, 4);
    await until(() => member.holds(topic).length === 4, 'the new partitions');
    await during(1_000); // another assignment would follow now
    expect(outcomes).toEqual(['acknowledged', 'acknowledged', '0 joins']);
    expect(member.events).toEqual(['assigned 0,1', 'revoked 0,1', 'assigned 0,1,2,3']);
  });

  test('outlives its connection: heartbeats and the last commits go by a new one', async ({ kafka, transport }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const times = { ...TIMES, rebalanceTimeoutMs: 20_000 };
    const outcomes: string[] = [];
    let [made, beating, dead] = [0, 0, 0];
    // As where a firewall has forgotten a connection: nothing comes through, and nobody is told.
    const socketFactory: ISocketFactory = (given) => {
      made += 1;
      const number = made;
      return faultySockets(({ apiKey }) => {
        if (apiKey === API.heartbeat) beating = number;
        return number === dead ? 'drop-request' : 'pass';
      })(given);
    };
    const first = new RecordingMember(
      transport({ client: { socketFactory } }),
      { groupId, topics: [topic], ...times },
      {
        onRevoked: async (partitions, { consumer }) => {
          await during(500); // kafkajs has asked by then who the coordinator is
          dead = beating;
          await during(times.sessionTimeoutMs * 2);
          outcomes.push(...(await consumer.commit(partitions.map(startOf))).map(({ outcome }) => outcome));
        },
      },
    );
    await first.consumer.start();
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    await second.consumer.start();
    await until(() => first.assignments.length === 2, 'the first to be assigned again');
    expect(outcomes).toEqual(['acknowledged', 'acknowledged']);
    expect(first.events).toEqual(['assigned 0,1', 'revoked 0,1', expect.stringMatching(/^assigned [01]$/)]);
  });

  test('delivers nothing more, also where the listener asks for what a fetch in flight is about to bring', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const times = { ...TIMES, rebalanceTimeoutMs: 20_000 };
    let deliveredInGrace = -1;
    const first = new RecordingMember(
      transport(),
      { groupId, topics: [topic], ...times, maxWaitTimeMs: 5_000 },
      {
        onRevoked: async ([partition], { consumer, batches }) => {
          consumer.fetchFrom(partition!, 0);
          await write(here, topic, 0, 'late');
          await during(500);
          deliveredInGrace = batches.length;
        },
      },
    );
    await first.consumer.start();
    const second = new RecordingMember(here, { groupId, topics: [topic], ...times });
    await second.consumer.start();
    expect(deliveredInGrace).toBe(0);
  });

  test('is given up by a stop, which leaves the group at once', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    const times = { ...TIMES, rebalanceTimeoutMs: 60_000 };
    const revoked: PartitionEpoch[] = [];
    let joins = 0;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey === API.joinGroup) joins++;
      return 'pass';
    });
    const first = new RecordingMember(
      transport({ client: { socketFactory } }),
      { groupId, topics: [topic], ...times },
      {
        onRevoked: (partitions) => {
          revoked.push(...partitions);
          return new Promise(() => {});
        },
      },
    );
    await first.consumer.start();
    const joinsBefore = joins;
    const second = new RecordingMember(here, { groupId, topics: [topic], ...times });
    const starting = second.consumer.start();
    await until(() => revoked.length === 2, 'both to be called back');
    const stoppedAt = performance.now();
    await first.consumer.stop();
    await starting;
    expect(performance.now() - stoppedAt).toBeLessThan(2_500);
    expect(second.holds(topic).length).toBe(2);
    expect(joins).toBe(joinsBefore);
    expect((await here.admin.describeGroup(groupId)).members.length).toBe(1);
  });
});

/** Its log start, which every commit may store. */
function startOf({ topic, partition, epoch }: PartitionEpoch): PartitionCommit {
  return { topic, partition, epoch, offset: 0, metadata: null };
}
