import { expect } from 'vitest';
import { checkDeadLetterTargets } from '../../src/dead-letter/check-dead-letter-targets.ts';
import { DeadLetterProducer } from '../../src/dead-letter/dead-letter-producer.ts';
import { readEarlierLife, readLetter } from '../../src/dead-letter/read-letter.ts';
import type { RecordHeader } from '../../src/record.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import type { KafkaInTest } from '../../testing/kafka/kafka-test.ts';
import { KafkaVenue } from '../../testing/kafka/kafka-venue.ts';
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
