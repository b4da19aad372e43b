import { describe, expect } from 'vitest';
import { kafkajsTest as test, write, numbered } from '../../transports/kafkajs/support/kafkajs-test.ts';
import { RecordingMember } from '../../transports/kafkajs/support/recording-member.ts';
import { until } from '../../transports/kafkajs/support/until.ts';
import { runCli } from '../run-cli.ts';

describe('kafka-rehearsal offsets', () => {
  test('dry run, refusal while the group is in use, first offset, replay by time, by offset; the metadata goes', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('early', 5));
    const between = Date.now() + 1;
    await until(() => Date.now() > between, 'the clock to move on');
    await write(here, topic, 0, ...numbered('late', 3));
    const cluster = ['--brokers', kafka.brokers.join(','), '--group', groupId];
    const set = (...args: readonly string[]) => runCli(['offsets', 'set', ...cluster, '--topic', topic, ...args]);
    const stored = async () => (await here.admin.committedOffsets(groupId, [topic])).map(({ offset }) => offset);

    const dry = await set('--to', 'latest', '--json');
    expect(dry).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(dry.stdout)).toMatchObject({ executed: false, partitions: [{ newOffset: 8, change: 'first' }, { newOffset: 0 }] });
    expect(await stored()).toEqual([null, null]);

    expect(await set('--to', 'latest', '--execute')).toMatchObject({ status: 0, stderr: '' });
    expect(await stored()).toEqual([8, 0]);

    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    expect(await member.commit(topic, 0, 8, 'done above')).toMatchObject([{ outcome: 'acknowledged' }]);
    const busy = await set('--to', 'earliest', '--execute');
    expect(busy).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/is in use \(Stable\).*Stop these first: "\S+" \("\S+"\) with/) as string,
    });
    expect(await stored()).toEqual([8, 0]);
    await member.consumer.stop();

    const replay = await set('--to', new Date(between).toISOString(), '--execute');
    expect(replay).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('up to 3 records delivered again; what was done above') as string,
    });
    expect(await here.admin.committedOffsets(groupId, [topic])).toMatchObject([{ offset: 5, metadata: null }, { offset: 0 }]);

    const skipping = await set('--to', '7', '--partition', '0', '--execute');
    expect(skipping).toMatchObject({ status: 2, stderr: expect.stringContaining('up to 2 records that it has not done') as string });
    expect(await set('--to', '7', '--partition', '0', '--execute', '--allow-skip')).toMatchObject({ status: 0 });
    expect(await set('--to', '9', '--partition', '0')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('from 0 to 8') as string,
    });

    const shown = await runCli(['offsets', 'show', ...cluster, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      state: 'Empty',
      partitions: [{ committed: 7, logEndOffset: 8, lag: 1 }, { committed: 0 }],
    });
  });

  test('a broker that cannot be had ends with 3, a wrong word with 2', async () => {
    expect(await runCli(['offsets', 'show', '--group', 'g', '--brokers', '127.0.0.1:1'])).toMatchObject({ status: 3 });
    expect(await runCli(['offsets', 'set', '--group', 'g', '--topic', 't', '--to', 'newest'])).toMatchObject({ status: 2 });
    expect(await runCli(['offsets', 'set', '--group', 'g', '--topic', 't'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--to') as string,
    });
  });
});
