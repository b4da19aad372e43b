import { expect, test } from 'vitest';
import { LOG_EVENTS } from '../../src/log/log-events.ts';
import type { LogEvent } from '../../src/log/log-events.ts';
import { consumed, rejected, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const events: Readonly<Record<string, LogEvent>> = LOG_EVENTS;

async function begun(process: Process): Promise<Rig> {
  const made = rig(process);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

/** Lines of an event: offset and how many were folded into it. */
function linesOf({ logs }: Rig, event: string): readonly unknown[] {
  return logs.flatMap(({ data }) => (data['event'] === event ? [[data['offset'], data['folded']]] : []));
}

test('ten thousand rejected records are two lines, and the second says how many', async () => {
  const made = await begun(() => rejected('too-old'));
  made.transport.batch(batchOf(0, 10_000, { epoch: 1 }));
  await made.clock.advance(30_000);
  expect(linesOf(made, 'record-rejected')).toEqual([
    [0, undefined],
    [9_999, 9_999],
  ]);
});

test('records that each fail once are one line before the stop, and one with it that has their number', async () => {
  const made = await begun((_record, { attempt }) => {
    if (attempt === 1) throw new TypeError('no');
    return consumed;
  });
  made.transport.batch(batchOf(0, 40, { epoch: 1 }));
  await made.clock.advance(2_500);
  expect(linesOf(made, 'handler-failed')).toEqual([[0, undefined]]);
  const stopping = made.consumer.stop({ deadlineMs: 0 });
  await made.clock.settle();
  await stopping;
  const [, last] = linesOf(made, 'handler-failed') as [unknown, [number, number]];
  expect(last[1]).toBe(last[0]);
  expect(made.logs.at(-1)?.data['event']).toMatch(/^(consumer-stopped|records-left-open)$/);
});

test('a record that is skipped for a minute is told with its reason, and one that is skipped a few times is not', async () => {
  const made = await begun(({ offset }) => (offset === 0 ? consumed : skipped(1_000, `${'x'.repeat(199)}, busy`)));
  made.transport.batch(batchOf(0, 2, { epoch: 1 }));
  await made.clock.advance(8_500);
  expect(linesOf(made, 'record-skipped')).toEqual([]);
  await made.clock.advance(60_000);
  expect(made.logs.filter(({ data }) => data['event'] === 'record-skipped')).toMatchObject([
    { level: 'warn', data: { topic: 'orders', partition: 0, offset: 1, attempt: 10, skips: 10, reason: `${'x'.repeat(199)},` } },
  ]);
});

test('lines have the level and the fields of their event, and nothing else', async () => {
  const made = await begun(({ offset }, { attempt }) => {
    if (offset === 1 && attempt === 1) throw new TypeError('no');
    return offset === 2 ? rejected('no-good', new RangeError('far')) : consumed;
  });
  made.transport.batch(batchOf(0, 5, { epoch: 1 }));
  await made.clock.advance(10_000);
  made.transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new Error('gone') as never);
  const stopping = made.consumer.stop();
  await made.clock.settle();
  await stopping;
  expect(new Set(made.logs.map(({ data }) => data['event']))).toEqual(
    new Set([
      'group-joined',
      'partition-assigned',
      'handler-failed',
      'record-recovered',
      'record-rejected',
      'partition-lost',
      'consumer-stopped',
    ]),
  );
  for (const { level, data } of made.logs) {
    const { event, folded, ...fields } = data;
    const known = events[String(event)];
    expect([event, level]).toEqual([event, known?.level]);
    expect(known?.fields).toEqual(expect.arrayContaining(Object.keys(fields)));
    expect(folded).toBeUndefined();
  }
});

test("what a transform's parser throws is logged without its words: they quote the value", async () => {
  let thrown: unknown;
  try {
    JSON.parse('hush-hush {');
  } catch (error) {
    thrown = error;
  }
  expect(String(thrown)).toContain('hush');
  const made = await begun(() => rejected('decode-failed', thrown));
  made.transport.batch(batchOf(0, 1, { epoch: 1 }));
  await made.clock.settle();
  const line = made.logs.find(({ data }) => data['event'] === 'record-rejected');
  expect(line?.data['err']).toEqual({ type: 'SyntaxError', stack: expect.stringContaining('log-storm.test.ts') });
  expect(JSON.stringify(made.logs)).not.toContain('hush');
});
