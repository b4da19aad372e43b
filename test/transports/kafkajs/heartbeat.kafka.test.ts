import { describe, expect } from 'vitest';
import { API, faultySockets } from './support/faulty-sockets.ts';
import { kafkajsTest as test, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { removeMember } from './support/remove-member.ts';
import { during, until } from './support/until.ts';

describe('heartbeats', () => {
  test('go on when a fetch reply is lost; plain kafkajs sends none until its request times out', async ({ kafka, plain, transport }) => {
    const [first, second] = kafka.nodeIds as [number, number];
    const topic = await kafka.topic({ leaders: [first, second] });
    const heartbeats = { plain: 0, ours: 0 };
    const toDrop = { plain: 0, ours: 0 };
    const socketsOf = (who: 'plain' | 'ours') =>
      faultySockets(({ apiKey }) => {
        if (apiKey === API.heartbeat) heartbeats[who] += 1;
        if (apiKey !== API.fetch || toDrop[who] === 0) return 'pass';
        toDrop[who] -= 1;
        return 'drop-reply';
      });
    const consumer = plain({ socketFactory: socketsOf('plain'), requestTimeout: 4_000 }).consumer({
      groupId: kafka.groupId(),
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
    });
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    const member = new RecordingMember(transport({ client: { socketFactory: socketsOf('ours') } }), {
      groupId: kafka.groupId(),
      topics: [topic],
      heartbeatIntervalMs: 200,
      maxWaitTimeMs: 100,
      requestTimeoutMs: 4_000,
    });
    await member.consumer.start();
    await until(() => heartbeats.plain > 1 && heartbeats.ours > 1, 'heartbeats of both');
    // One of each broker: kafkajs sends heartbeats between the fetches of any.
    toDrop.plain = 2;
    toDrop.ours = 2;
    await until(() => toDrop.plain + toDrop.ours === 0, 'two lost fetch replies each');
    await during(300); // heartbeats that were on their way
    const before = { ...heartbeats };
    await during(2_000);
    expect(heartbeats.plain - before.plain).toBeLessThanOrEqual(1); // the hazard; it is evicted where the session is shorter
    expect(heartbeats.ours - before.ours).toBeGreaterThanOrEqual(6);
    await write(transport(), topic, 0, 'after');
    await until(() => member.delivered(0).length === 1, 'a record, once the fetch has timed out');
    expect(member.events).toEqual(['assigned 0,1']);
    await consumer.disconnect();
  });

  test('a lost reply to one is followed by another within the session', async ({ kafka, transport }) => {
    const [topic, groupId] = [await kafka.topic(), kafka.groupId()];
    let lost = 0;
    let armed = false;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey !== API.heartbeat || !armed) return 'pass';
      armed = false;
      lost += 1;
      return 'drop-reply';
    });
    // 30 s of request time-out would outlast the session of 6 s: the transport asks for less.
    const member = new RecordingMember(transport({ client: { socketFactory } }), {
      groupId,
      topics: [topic],
      heartbeatIntervalMs: 1_000,
      requestTimeoutMs: 30_000,
    });
    await member.consumer.start();
    armed = true;
    await until(() => lost === 1, 'a lost reply');
    await during(6_500);
    await write(transport(), topic, 0, 'after');
    await until(() => member.delivered(0).length === 1, 'a record');
    expect(member.events).toEqual(['assigned 0']);
  });

  test('a member that was removed is told that its partitions are lost, and joins again', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    const old = member.partition(topic, 0);
    await removeMember(kafka, groupId, member.assignments[0]!.memberId);
    await until(() => member.assignments.length === 2, 'a new assignment');
    expect(member.events).toEqual(['assigned 0', 'lost 0', 'assigned 0']);
    expect(member.lost[0]!.cause).toMatchObject({ code: 'GROUP_FENCED', kafkaCode: 'UNKNOWN_MEMBER_ID' });
    expect(await member.consumer.commit([{ ...old, offset: 0, metadata: null }])).toMatchObject([{ outcome: 'refused' }]);
    await write(here, topic, 0, 'after');
    await until(() => member.delivered(0).length === 1, 'a record');
  });

  test('a coordinator that stays silent until the eviction: joins again, and what was held is over', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    let silent = false;
    const socketFactory = faultySockets(({ apiKey }) =>
      silent && (apiKey === API.heartbeat || apiKey === API.joinGroup) ? 'drop-request' : 'pass',
    );
    const member = new RecordingMember(transport({ client: { socketFactory } }), {
      groupId,
      topics: [topic],
      heartbeatIntervalMs: 500,
      requestTimeoutMs: 1_000,
      sessionTimeoutMs: Math.max(3_000, kafka.minSessionTimeoutMs),
      rebalanceTimeoutMs: 1_000,
    });
    await member.consumer.start();
    const old = member.partition(topic, 0);
    silent = true;
    await until(async () => (await here.admin.describeGroup(groupId)).members.length === 0, 'the eviction');
    silent = false;
    await until(() => member.assignments.length === 2, 'a new assignment', 40_000);
    expect(member.events[1]).toMatch(/^(lost|revoked) 0$/);
    expect(await member.consumer.commit([{ ...old, offset: 0, metadata: null }])).toMatchObject([{ outcome: 'refused' }]);
    await write(here, topic, 0, 'after');
    await until(() => member.delivered(0).length === 1, 'a record');
  });
});
