import { expect } from 'vitest';
import { consume, reject } from '../../src/action.ts';
import { checkDeadLetterTargets } from '../../src/dead-letter/check-dead-letter-targets.ts';
import type { DeadLetter, DeadLetterResult } from '../../src/dead-letter/dead-letter-sink.ts';
import { DeadLetterProducer } from '../../src/dead-letter/dead-letter-producer.ts';
import { defineHandler } from '../../src/define-handler.ts';
import { readEarlierLife, readLetter } from '../../src/dead-letter/read-letter.ts';
import type { RecordHeader } from '../../src/record.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import type { KafkaInTest } from '../../testing/kafka/kafka-test.ts';
import { KafkaVenue } from '../../testing/kafka/kafka-venue.ts';
import { rehearse } from '../../testing/stage.ts';
import { runCli } from '../cli/run-cli.ts';
import { bytes, rejected, text } from './rejected.ts';

interface Rig {
  readonly venue: KafkaVenue;
  readonly source: string;
  readonly target: string;
  readonly sink: DeadLetterProducer;
  readonly group: string;
}

async function rigOn(kafka: KafkaInTest, onTestFinished: (close: () => Promise<void>) => void): Promise<Rig> {
  const venue = new KafkaVenue({ kafka });
  onTestFinished(() => venue.close());
  const [source, group] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
  const target = await kafka.topic({ partitions: 2, configs: { 'max.message.bytes': '1056780' } });
  const { transport, clock } = venue.openMember('rejecting');
  const sink = new DeadLetterProducer({
    transport: transport.createProducer({ requestTimeoutMs: 5_000 }),
    headerFidelity: transport.capabilities.headerFidelity,
    clock,
    groupId: group,
    targets: new Map([[source, target]]),
  });
  return { venue, source, target, sink, group };
}

/** As the runtime does: what may pass, such as a new topic that not every broker has heard of, is tried again. */
async function whenTaken(sink: DeadLetterProducer, letter: DeadLetter): Promise<DeadLetterResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await sink.send(letter);
    if (result.outcome === 'acknowledged' || !result.retriable || attempt === MOST_ATTEMPTS) return result;
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
}

const MOST_ATTEMPTS = 50;

const HEADERS: readonly RecordHeader[] = [
  ['z', bytes('1')],
  ['none', null],
  ['1', bytes('')],
  ['z', bytes('2')],
  ['__proto__', bytes('p')],
];
const plain = (headers: readonly RecordHeader[]): unknown => headers.map(([name, value]) => [name, text(value)]);

kafkaTest('letters keep everything on the way, and go back by the command line, once', async ({ kafka, onTestFinished }) => {
  const { venue, source, target, sink, group } = await rigOn(kafka, onTestFinished);
  await venue.produce(source, 1, [{ key: bytes('k'), value: bytes('v'), headers: HEADERS, timestamp: 1_600_000_000_000 }]);
  await venue.produce(source, 1, [{ key: null, value: bytes('large'), headers: [], timestamp: 1_600_000_000_000 }]);
  const [first, second] = await venue.readRecords(source);
  const before = Date.now();
  expect(await sink.send(rejected({ record: first!, cause: new TypeError('no id') }))).toEqual({
    outcome: 'acknowledged',
    target,
    partition: 1,
    offset: 0,
    pointer: false,
  });
  // Uncompressed as ours are, a record of more than the topic's limit.
  const large = { ...second!, value: new Uint8Array(1_100_000) };
  expect(await sink.send(rejected({ record: large }))).toMatchObject({ outcome: 'acknowledged', pointer: true, offset: 1 });
  await sink.close();

  const [letter, pointer] = await venue.readRecords(target);
  expect(letter!.timestamp).toBeGreaterThanOrEqual(before);
  expect(readLetter(letter!)).toMatchObject({ kind: 'letter', id: `${source}/1/0`, origin: { timestamp: 1_600_000_000_000 }, group });
  expect(plain(readLetter(letter!)!.headers)).toEqual(plain(HEADERS));
  expect(readLetter(pointer!)).toMatchObject({ kind: 'pointer', id: `${source}/1/1` });

  const run = (...args: readonly string[]): ReturnType<typeof runCli> =>
    runCli(['dead-letters', ...args, '--brokers', kafka.brokers.join(',')]);
  const listed = await run('list', target, '--json');
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(listed.stdout)).toMatchObject({ matching: 2, letters: [{ redriven: false }, { redriven: false }] });
  const shown = await run('show', target, '1/0', '--value');
  expect(shown).toMatchObject({ status: 0, stdout: expect.stringContaining('TypeError: no id') as string });

  const dry = await run('redrive', target);
  expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing was sent') as string });
  expect(await venue.readRecords(source)).toHaveLength(2);
  const done = await run('redrive', target, '--execute', '--json');
  expect(done).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(done.stdout)).toMatchObject({ executed: true, redriven: 2, failed: 0, isPartial: false });
  const back = (await venue.readRecords(source)).slice(2);
  expect(back.map(({ partition, value }) => [partition, text(value)])).toEqual([
    [1, 'v'],
    [1, 'large'],
  ]);
  expect(plain(back[0]!.headers.slice(0, HEADERS.length))).toEqual(plain(HEADERS));
  expect(back.map((record) => readEarlierLife(record)?.id)).toEqual([`${source}/1/0`, `${source}/1/1`]);

  expect(await run('redrive', target, '--execute')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('nothing to redrive') as string,
  });
  expect(await venue.readRecords(source)).toHaveLength(4);
  expect(await run('list', `${target}-not`)).toMatchObject({ status: 2, stderr: expect.stringContaining(`${target}-not`) as string });
});

kafkaTest(
  'a letter goes out though the clock is a day ahead: with the latest time that the leader takes',
  async ({ kafka, onTestFinished }) => {
    const { venue, source } = await rigOn(kafka, onTestFinished);
    // As since Kafka 4; before that there is no limit by default.
    const target = await kafka.topic({ partitions: 2, configs: { 'message.timestamp.after.max.ms': '3600000' } });
    const { transport, clock } = venue.openMember('ahead');
    const sink = new DeadLetterProducer({
      transport: transport.createProducer({ requestTimeoutMs: 5_000 }),
      headerFidelity: transport.capabilities.headerFidelity,
      clock: { now: () => clock.now() + 86_400_000, setTimer: clock.setTimer, yield: clock.yield },
      groupId: 'ahead',
      targets: new Map([[source, target]]),
    });
    const before = Date.now();
    const results = await Promise.all(
      [0, 1, 2].map((offset) => whenTaken(sink, rejected({ record: { ...rejected().record, topic: source, partition: 1, offset } }))),
    );
    await sink.close();
    expect(results).toMatchObject([{ outcome: 'acknowledged' }, { outcome: 'acknowledged' }, { outcome: 'acknowledged' }]);
    const letters = await venue.readRecords(target);
    expect([...new Set(letters.map((letter) => readLetter(letter)?.id))].toSorted()).toEqual(
      [0, 1, 2].map((offset) => `${source}/1/${offset}`),
    );
    for (const { timestamp } of letters) {
      // The machine's clock is the broker's here.
      expect(timestamp).toBeGreaterThanOrEqual(before + 3_600_000);
      expect(timestamp).toBeLessThanOrEqual(Date.now() + 3_600_000);
    }
  },
);

kafkaTest('the check at the start reads what real brokers say', async ({ kafka, onTestFinished }) => {
  const { venue, source, target } = await rigOn(kafka, onTestFinished);
  const small = await kafka.topic();
  const compacted = await kafka.topic({ configs: { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' } });
  const { admin } = venue.openMember('starting').transport;
  const check = (name: string): Promise<unknown> =>
    checkDeadLetterTargets({ admin, targets: new Map([[source, name]]), consumedTopics: [source] });
  expect(await check(target)).toEqual([]);
  await expect(check(small)).rejects.toMatchObject({
    code: 'DEAD_LETTER_INVALID',
    message: expect.stringContaining('expected at least 1056780') as string,
  });
  await expect(check(compacted)).rejects.toMatchObject({ message: expect.stringContaining('cleanup.policy=compact') as string });
  await expect(check(`${small}-not`)).rejects.toMatchObject({ message: expect.stringContaining('does not exist') as string });
});

kafkaTest('a handler rejects on real brokers; a redrive that is interrupted goes on where it stopped', async ({ kafka }) => {
  const topic = await kafka.topic({ partitions: 2 });
  const target = await kafka.topic({ partitions: 2, configs: { 'max.message.bytes': '1056780' } });
  let isMended = false;
  const done: string[] = [];
  const handler = defineHandler({
    topic,
    deadLetter: { topic: target },
    handle: (_value, { id, record }) => {
      if (!isMended) return reject('not-yet');
      done.push(readEarlierLife(record)?.id ?? id);
      return consume();
    },
  });
  await using stage = await rehearse({ handlers: [handler], kafka: { brokers: kafka.brokers } });
  await stage.produce(
    topic,
    Array.from({ length: 6 }, (_, index) => ({ value: `v${index}`, partition: index % 2 })),
  );
  await stage.idle();
  const ids = stage.deadLetters(topic).map(({ letter }) => letter.id);
  expect(ids.toSorted()).toEqual([0, 1].flatMap((partition) => [0, 1, 2].map((offset) => `${topic}/${partition}/${offset}`)));
  expect(stage.deadLetters(topic).every(({ letter, partition }) => letter.origin.partition === partition)).toBe(true);

  isMended = true;
  const redrive = ['dead-letters', 'redrive', target, '--execute', '--brokers', kafka.brokers.join(',')];
  // One every two seconds, and a line of progress with the second.
  const interrupted = await runCli([...redrive, '--rate', '0.5'], { interruptWhen: /of 6 redriven/ });
  expect(interrupted).toMatchObject({ status: 1, stdout: expect.stringMatching(/2 records redriven(.|\n)*Some are left/) as string });
  expect(await runCli(redrive)).toMatchObject({ status: 0, stdout: expect.stringContaining('4 records redriven') as string });
  await stage.idle();
  expect(done.toSorted()).toEqual(ids.toSorted());
});
