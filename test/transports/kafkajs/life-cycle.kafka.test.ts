import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import type { Logger } from '../../../src/logger.ts';
import type { Transport } from '../../../src/transport.ts';
import { API, faultySockets } from './support/faulty-sockets.ts';
import { kafkajsTest as test, numbered, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { during, until } from './support/until.ts';

describe('start', () => {
  test('of an unknown topic is one clear error; the topic is not made', async ({ kafka, transport }) => {
    const [missing, here] = [kafka.topicName(), transport()];
    const member = new RecordingMember(here, { groupId: kafka.groupId(), topics: [missing] });
    await expect(member.consumer.start()).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC',
      message: expect.stringContaining(missing) as string,
    });
    await member.consumer.stop();
    await expect(here.admin.describeTopics([missing])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    expect(member.events).toEqual([]);
  });

  test('with a session that the broker does not take fails for good', async ({ kafka, transport }) => {
    const member = new RecordingMember(transport(), {
      groupId: kafka.groupId(),
      topics: [await kafka.topic()],
      sessionTimeoutMs: 86_400_000,
    });
    await expect(member.consumer.start()).rejects.toMatchObject({
      kafkaCode: 'INVALID_SESSION_TIMEOUT',
      message: expect.stringMatching(
        /: sessionTimeoutMs \(KAFKA_SESSION_TIMEOUT_MS\) is \d+, the brokers take from \d+ \(group.min.session.timeout.ms\) to \d+ \(group.max.session.timeout.ms\)\.$/,
      ) as string,
    });
    expect(member.failures).toMatchObject([{ kafkaCode: 'INVALID_SESSION_TIMEOUT' }]);
  });

  test('is aborted by stop', async ({ kafka, transport }) => {
    const socketFactory = faultySockets(({ apiKey }) => (apiKey === API.joinGroup ? 'drop-request' : 'pass'));
    const member = new RecordingMember(transport({ client: { socketFactory } }), {
      groupId: kafka.groupId(),
      topics: [await kafka.topic()],
    });
    const starting = member.consumer.start();
    starting.catch(() => {});
    await during(500);
    const startedAt = performance.now();
    await member.consumer.stop();
    await expect(starting).rejects.toMatchObject({ code: 'CONSUMER_FAILED' });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(member.events).toEqual([]);
  });
});

describe('stop', () => {
  test('while kafkajs waits to join once more: it joins no more, and no process is kept alive by it', async ({ kafka, transport }) => {
    let joins = 0;
    let unknown = 0;
    const socketFactory = faultySockets(({ apiKey, body }) => {
      if (apiKey === API.joinGroup) joins++;
      if (apiKey === API.syncGroup) {
        // Another member id, which the coordinator does not know: kafkajs joins again after a pause, as one does that was evicted.
        const memberId = 2 + body.readInt16BE(0) + 4;
        const last = memberId + 1 + body.readInt16BE(memberId);
        body.writeUInt8(body.readUInt8(last) ^ 1, last);
        unknown++;
      }
      return 'pass';
    });
    const member = new RecordingMember(transport({ client: { socketFactory } }), {
      groupId: kafka.groupId(),
      topics: [await kafka.topic()],
    });
    const starting = member.consumer.start();
    starting.catch(() => {});
    await until(() => unknown > 0, 'the refused SyncGroup');
    await during(20);
    await member.consumer.stop();
    await expect(starting).rejects.toMatchObject({ code: 'CONSUMER_FAILED' });
    const joinsUntilStop = joins;
    await during(2_000);
    expect(joins).toBe(joinsUntilStop);
    expect(member.events).toEqual([]);
  });

  test('does not wait for a fetch in flight, leaves the group, commits nothing; no listener call follows', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const member = new RecordingMember(here, { groupId, topics: [topic], maxWaitTimeMs: 5_000 });
    await member.consumer.start();
    await during(300); // a long poll is in flight
    const startedAt = performance.now();
    await Promise.all([member.consumer.stop(), member.consumer.stop()]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect((await here.admin.describeGroup(groupId)).members).toEqual([]);
    expect(await here.admin.committedOffsets(groupId, [topic])).toMatchObject([{ offset: null }]);
    await write(here, topic, 0, 'late');
    await during(300);
    expect(member.events).toEqual(['assigned 0']);
    expect(member.batches).toEqual([]);
  });

  test('with a lost fetch reply is as quick', async ({ kafka, transport }) => {
    let lost = false;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey !== API.fetch) return 'pass';
      lost = true;
      return 'drop-reply';
    });
    const member = new RecordingMember(transport({ client: { socketFactory } }), {
      groupId: kafka.groupId(),
      topics: [await kafka.topic()],
      requestTimeoutMs: 20_000,
      sessionTimeoutMs: 30_000,
    });
    await member.consumer.start();
    await until(() => lost, 'a lost reply');
    const startedAt = performance.now();
    await member.consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('stop in a group that is not ready', () => {
  /** Hears of a rebalance late, so that the others' joins wait for it. */
  const slow = { heartbeatIntervalMs: 6_000, sessionTimeoutMs: 20_000, requestTimeoutMs: 6_000 };
  const clientIds = async (admin: Transport['admin'], groupId: string): Promise<readonly string[]> =>
    (await admin.describeGroup(groupId)).members.map(({ clientId }) => clientId);

  test('while its first join waits for the others: is quick, and nobody waits for the one that went', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport({ clientId: 'first' })];
    const first = new RecordingMember(here, { groupId, topics: [topic], ...slow });
    await first.consumer.start();
    let joins = 0;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey === API.joinGroup) joins++;
      return 'pass';
    });
    const second = new RecordingMember(transport({ clientId: 'second', client: { socketFactory } }), { groupId, topics: [topic] });
    const starting = second.consumer.start();
    starting.catch(() => {});
    await until(() => joins === 2, 'the join with a member id');
    await during(100);
    const startedAt = performance.now();
    await second.consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await expect(starting).rejects.toMatchObject({ code: 'CONSUMER_FAILED' });
    expect(await clientIds(here.admin, groupId)).toEqual(['first']);
  });

  test('when the coordinator is just giving it a member id: the next rebalance does not wait for the one that never came', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    await new RecordingMember(transport(), { groupId, topics: [topic] }).consumer.start();
    let stopping: Promise<void> | undefined;
    const socketFactory = faultySockets(({ apiKey }) => {
      // The answer to this one is the member id.
      if (apiKey === API.joinGroup) stopping ??= second.consumer.stop();
      return 'pass';
    });
    const second = new RecordingMember(transport({ client: { socketFactory } }), { groupId, topics: [topic] });
    second.consumer.start().catch(() => {});
    await until(() => stopping !== undefined, 'the first join');
    await stopping;
    const startedAt = performance.now();
    await new RecordingMember(transport(), { groupId, topics: [topic] }).consumer.start();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('while it joins again: is as quick', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 3 }), kafka.groupId(), transport({ clientId: 'first' })];
    const first = new RecordingMember(here, { groupId, topics: [topic], ...slow });
    await first.consumer.start();
    let joins = 0;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey === API.joinGroup) joins++;
      return 'pass';
    });
    const second = new RecordingMember(transport({ clientId: 'second', client: { socketFactory } }), { groupId, topics: [topic] });
    await second.consumer.start();
    const third = new RecordingMember(transport({ clientId: 'third' }), { groupId, topics: [topic] });
    third.consumer.start().catch(() => {});
    joins = 0;
    await until(() => joins === 1, 'the second member joins again');
    await during(100);
    const startedAt = performance.now();
    await second.consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await clientIds(here.admin, groupId)).not.toContain('second');
  });
});

describe('stop beside brokers that say nothing any more', () => {
  test('waits for them no longer than told, whatever their time-outs', async ({ kafka, transport }) => {
    let silent = false;
    const socketFactory = faultySockets(() => (silent ? 'drop-request' : 'pass'));
    const here = transport({ client: { socketFactory }, requestTimeoutMs: 60_000 });
    const member = new RecordingMember(here, {
      groupId: kafka.groupId(),
      topics: [await kafka.topic()],
      requestTimeoutMs: 60_000,
      sessionTimeoutMs: 90_000,
    });
    await member.consumer.start();
    const producer = here.createProducer({ requestTimeoutMs: 60_000 });
    silent = true;
    const sent = here.admin.describeTopics().catch((error: unknown) => error);
    const startedAt = performance.now();
    await member.consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    const closedAt = performance.now();
    await producer.close();
    await here.close();
    expect(performance.now() - closedAt).toBeLessThan(1_000);
    expect(await sent).toMatchObject({ message: expect.stringContaining('The transport was closed') as string });
  });
});

describe('close', () => {
  test('at any moment of its connections, alive or cut off, leaves nothing that keeps a process alive', async ({ kafka }) => {
    const program = fileURLToPath(new URL('support/close-at-every-moment.ts', import.meta.url));
    const given = [kafka.brokers.join(','), await kafka.topic(), '40'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--disable-warning=TimeoutNegativeWarning', program, ...given]);
    expect({ stdout, stderr }).toEqual({ stdout: 'closed', stderr: '' });
  });
});

describe('the group', () => {
  test('takes members of a plain kafkajs service beside ours, in a roll-out', async ({ kafka, plain, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 4 }), kafka.groupId(), transport()];
    const consumer = plain().consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 200 });
    let held: number[] = [];
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => void (held = payload.memberAssignment[topic] ?? []));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async () => {} });
    await until(() => held.length === 4, 'kafkajs to hold all');
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => held.length === 2 && member.holds(topic).length === 2, 'both to hold two');
    await consumer.disconnect();
    await until(() => member.holds(topic).length === 4, 'ours to hold all');
  });

  test('kafkajs that crashes and restarts: the partitions are lost, a warning says why, and it goes on', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('v', 3));
    let broken = false;
    // No request but the fetches gets an answer: every attempt to join again fails, until kafkajs gives up and restarts.
    const socketFactory = faultySockets(({ apiKey }) => (broken && apiKey !== API.fetch ? 'drop-request' : 'pass'));
    const member = new RecordingMember(transport({ client: { socketFactory } }), {
      groupId,
      topics: [topic],
      heartbeatIntervalMs: 300,
      requestTimeoutMs: 300,
      rebalanceTimeoutMs: 500,
    });
    await member.consumer.start();
    await until(() => member.delivered(0).length === 3, 'three records');
    broken = true;
    await until(() => member.events.length > 1, 'the loss to be told');
    await until(() => member.warnings.length > 0, 'a warning', 40_000);
    broken = false;
    await until(() => member.assignments.length > 1, 'a new assignment', 40_000);
    expect(member.failures).toEqual([]);
    await write(here, topic, 0, 'after');
    await until(() => member.delivered(0).includes(3), 'the record after it');
  }, 90_000);
});

describe('a member that joins', () => {
  const times = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300, requestTimeoutMs: 1_000, rebalanceTimeoutMs: 30_000 };

  test('again and loses the connection of its SyncGroup joins once more; kafkajs goes on without partitions until the group gives it up', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    let isToCut = false;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (!isToCut || apiKey !== API.syncGroup) return 'pass';
      isToCut = false;
      return 'cut';
    });
    const first = new RecordingMember(transport({ client: { socketFactory } }), { groupId, topics: [topic], ...times });
    await first.consumer.start();
    isToCut = true;
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    const startedAt = performance.now();
    await second.consumer.start();
    await until(() => first.assignments.length > 1, 'the first to be assigned again', 40_000);
    expect(isToCut).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(first.holds(topic).length + second.holds(topic).length).toBe(2);
  });

  test('finds a topic deleted that it was just assigned: goes on with the others', async ({ kafka, transport }) => {
    const [kept, deleted, groupId, here] = [await kafka.topic(), await kafka.topic(), kafka.groupId(), transport()];
    let isHeldUp = true;
    const socketFactory = faultySockets(({ apiKey }) => (isHeldUp && apiKey === API.listOffsets ? 'drop-request' : 'pass'));
    const member = new RecordingMember(transport({ client: { socketFactory } }), { groupId, topics: [kept, deleted], ...times });
    const starting = member.consumer.start();
    await until(async () => (await here.admin.describeGroup(groupId)).state === 'Stable', 'the partitions to be assigned');
    await here.admin.deleteTopics([deleted]);
    isHeldUp = false;
    await starting;
    expect(member.holds(kept)).toEqual([0]);
    expect(member.assignments[0]!.partitions.length).toBe(1);
    expect(member.events).toEqual(['assigned 0']);
    expect(member.warnings.map(({ message }) => message)).toContainEqual(expect.stringMatching(`The topic "${deleted}" was deleted`));
  });

  test('as leader assigns by what it knows where no broker tells it more: kafkajs leaves its group waiting', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    let isJoining = false;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey === API.joinGroup && isArmed) isJoining = true;
      if (apiKey === API.syncGroup) isJoining = false;
      return isJoining && apiKey === API.metadata ? 'drop-request' : 'pass';
    });
    let isArmed = false;
    const first = new RecordingMember(transport({ client: { socketFactory } }), { groupId, topics: [topic], ...times });
    await first.consumer.start();
    isArmed = true;
    const second = new RecordingMember(transport(), { groupId, topics: [topic], ...times });
    const startedAt = performance.now();
    await second.consumer.start();
    await until(() => first.assignments.length > 1, 'the first to be assigned again', 40_000);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(first.holds(topic).length + second.holds(topic).length).toBe(2);
  });
});

describe('what users see', () => {
  test('no TimeoutNegativeWarning, and nothing of kafkajs on the console', async ({ kafka }) => {
    const topic = await kafka.topic();
    const script = `
      const { kafkajsTransport } = await import(${JSON.stringify(new URL('../../../src/transports/kafkajs/index.ts', import.meta.url).href)});
      const transport = kafkajsTransport({ brokers: ${JSON.stringify(kafka.brokers)} });
      await transport.connect({ timeoutMs: 5000 });
      const producer = transport.createProducer({ requestTimeoutMs: 5000 });
      await producer.partitionCount(${JSON.stringify(topic)});
      await producer.produce([{ topic: ${JSON.stringify(topic)}, partition: 0, records: [{ key: null, value: Buffer.from('v'), headers: [], timestamp: 1 }] }]);
      let seen; const record = new Promise((resolve) => { seen = resolve; });
      const consumer = transport.createConsumer({ groupId: ${JSON.stringify(kafka.groupId())}, groupInstanceId: null, topics: [${JSON.stringify(topic)}], sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, heartbeatIntervalMs: 300, requestTimeoutMs: 3000, maxWaitTimeMs: 200, maxBytesPerPartition: 100000, isolationLevel: 'read_committed' },
        { assigned: (a) => consumer.fetchFrom(a.partitions[0], 0), revoked: async () => {}, lost() {}, batch: () => { seen(); return 'accepted'; }, outOfRange() {}, warning() {}, failed() {} });
      await consumer.start();
      await record;
      await transport.close();
      process.stdout.write('done');
    `;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect({ stdout, stderr }).toEqual({ stdout: 'done', stderr: '' });
  });

  test("kafkajs's own log goes to the given logger", async ({ kafka, transport }) => {
    const lines: string[] = [];
    const log = (_data: object, message: string): void => void lines.push(message);
    const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
    const member = new RecordingMember(transport({ logger }), { groupId: kafka.groupId(), topics: [await kafka.topic()] });
    await member.consumer.start();
    expect(lines).toContain('Consumer has joined the group');
  });
});
