import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function running(process: Process, options?: RigOptions): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

describe('stop', () => {
  test('starts no more calls, waits for the running one, commits, waits for the acknowledgement, then leaves', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, delivered } = await running(calls.process);
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop();
    await clock.advance(20_000);
    expect(consumer.state).toBe('stopping');
    expect(calls.calls[0]?.context.signal.aborted).toBe(false);
    expect(transport.batch(batchOf(5, 6, { epoch: 1 }))).toBe('dropped');
    transport.defaultAnswer = 'manual';
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(transport.calls.slice(-1)).toEqual(['commit']);
    transport.sent[0]?.answer('acknowledged');
    await clock.settle();
    expect(transport.calls.slice(-2)).toEqual(['commit', 'stop']);
    expect(delivered).toEqual([0]);
    expect(await stopping).toEqual({
      open: [{ topic: 'orders', partition: 0, from: 1, to: 5, records: 4, reason: 'queued', lastProblem: null }],
    });
    expect(transport.committed).toEqual(['orders/0@1']);
    await expect(consumer.stopped).resolves.toEqual(await stopping);
    expect(consumer.state).toBe('stopped');
    expect(clock.timerCount).toBe(0);
  });

  test('when the deadline has passed the signals fire, and what still runs is listed', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, logs, kinds } = await running(calls.process);
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop({ deadlineMs: 5_000 });
    await clock.advance(4_999);
    expect(calls.calls[0]?.context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
    expect(calls.calls[0]?.context.signal.reason).toMatchObject({ code: 'STOP_DEADLINE' });
    const report = await stopping;
    expect(report.open).toMatchObject([{ from: 0, to: 3, records: 3, reason: 'running' }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', data: { event: 'records-left-open', ...report } }));
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(kinds('stale-result')).toHaveLength(1);
    expect(transport.committed).toEqual([]);
  });

  test('a handler that answers at once when its signal fires still counts', async () => {
    const { clock, transport, consumer } = await running(
      (_record, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(consumed))),
    );
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop({ deadlineMs: 1_000 });
    await clock.advance(1_000);
    expect(await stopping).toEqual({ open: [] });
    expect(transport.committed).toEqual(['orders/0@1']);
  });

  test('a second stop may only shorten the deadline', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer } = await running(calls.process);
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    const first = consumer.stop({ deadlineMs: 5_000 });
    await clock.advance(1_000);
    const longer = consumer.stop({ deadlineMs: 60_000 });
    expect(longer).toBe(first);
    await clock.advance(1_000);
    expect(consumer.state).toBe('stopping');
    void consumer.stop({ deadlineMs: 0 });
    await clock.settle();
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
    expect((await first).open).toHaveLength(1);
  });

  test('a record that waits for its retry is not waited for, and named with its problem', async () => {
    const { clock, transport, consumer } = await running(({ offset }) => (offset === 1 ? skipped(3_600_000, 'busy') : consumed));
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop();
    await clock.settle();
    expect((await stopping).open).toEqual([
      { topic: 'orders', partition: 0, from: 1, to: 3, records: 2, reason: 'retrying', lastProblem: 'skipped: busy' },
    ]);
    expect(clock.timerCount).toBe(0);
  });

  test('says halted of a record whose lane stands still, and retrying of one that comes again by itself', async () => {
    const retry = { initialDelayMs: 50, maxDelayMs: 50, factor: 1, maxAttempts: 1, onExhausted: 'halt' } as const;
    const handler = { ordering: 'key', concurrency: 4, retry } as const;
    const failing: Process = ({ offset }) => {
      if (offset === 0) return skipped(60_000);
      throw new Error('broken');
    };
    for (const [first, reason] of [
      [0, 'retrying'],
      [1, 'halted'],
    ] as const) {
      // prettier-ignore
      const made = rig(failing, { handler });
      made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: first })];
      void made.consumer.start();
      await made.clock.settle();
      made.transport.batch(batchOf(first, 2, { epoch: 1 }));
      await made.clock.settle();
      const stopping = made.consumer.stop();
      await made.clock.advance(1_000);
      expect((await stopping).open).toMatchObject([{ from: first, to: 2, records: 2 - first, reason }]);
    }
  });

  test('an unknown outcome of the last commit is asked again while time is left', async () => {
    const { clock, transport, consumer } = await running(() => consumed, { options: { commitIntervalMs: 60_000 } });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(1, 3, { epoch: 1 }));
    await clock.settle();
    transport.answers = Array.from({ length: 7 }, () => 'unknown');
    const stopping = consumer.stop();
    await clock.advance(20_000);
    expect(await stopping).toEqual({ open: [] });
    expect(transport.committed).toEqual(['orders/0@1', ...Array.from({ length: 8 }, () => 'orders/0@3')]);
  });

  test('a commit that is never answered does not hold the stop for ever, and is told', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.defaultAnswer = 'manual';
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop({ deadlineMs: 3_000 });
    await clock.advance(3_000);
    expect((await stopping).open).toEqual([
      { topic: 'orders', partition: 0, from: 0, to: 2, records: 0, reason: 'uncommitted', lastProblem: null },
    ]);
  });

  test('waits for a call of an older epoch too', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer } = await running(calls.process);
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    void consumer.stop();
    await clock.advance(1_000);
    expect(consumer.state).toBe('stopping');
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(consumer.state).toBe('stopped');
  });

  test('a halted partition is listed with what it holds', async () => {
    const { clock, transport, consumer } = await running(() => skipped(3_600_000));
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.listener.outOfRange({ topic: 'orders', partition: 0, epoch: 1, fetchedFrom: 2, logStartOffset: 0, logEndOffset: 1 });
    const stopping = consumer.stop();
    await clock.settle();
    expect((await stopping).open).toMatchObject([{ from: 0, to: 2, records: 2, reason: 'halted' }]);
  });
});

describe('start', () => {
  test('joined is observed with member and generation, once a generation', async () => {
    const { transport, kinds, consumer, observations } = await running(() => consumed);
    transport.listener.assigned({
      memberId: 'member-1',
      generation: 1,
      partitions: [assigned({ epoch: 2, partition: 1, committedOffset: 0 })],
    });
    transport.listener.assigned({ memberId: 'member-1', generation: 2, partitions: [] });
    expect(kinds('joined')).toMatchObject([{ memberId: 'member-1', generation: 1 }, { generation: 2 }]);
    expect(observations[0]).toEqual({ at: expect.any(Number), member: 'm1', kind: 'started' });
    expect(consumer.health()).toMatchObject({ state: 'running', memberId: 'member-1', generation: 2 });
  });

  test('START_TIMEOUT names the group and what was waited for, and the member leaves', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = null;
    const outcome = made.consumer.start({ timeoutMs: 3_000 }).catch((error: unknown) => error);
    await made.clock.advance(3_000);
    expect(await outcome).toMatchObject({ code: 'START_TIMEOUT', message: expect.stringMatching(/billing.*first assignment.*3000 ms/) });
    expect(made.transport.calls.at(-1)).toBe('stop');
    expect(made.consumer.state).toBe('failed');
  });

  test('an unknown topic is told at once', async () => {
    const made = rig(() => consumed, { topics: { others: { partitions: 1 } } });
    const outcome = made.consumer.start().catch((error: unknown) => error);
    await made.clock.settle();
    expect(await outcome).toMatchObject({ code: 'UNKNOWN_TOPIC' });
    expect(made.transport.calls).not.toContain('createConsumer');
  });

  test('a cluster that does not answer yet is asked again', async () => {
    const made = rig(() => consumed);
    made.transport.adminFailures = [new KafkaError('BROKER_UNREACHABLE', 'loading'), new KafkaError('PROTOCOL', 'loading')];
    const started = made.consumer.start();
    await made.clock.advance(1_000);
    await started;
    expect(made.consumer.state).toBe('running');
  });

  test('stopped while it joins', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = null;
    const outcome = made.consumer.start().catch((error: unknown) => error);
    await made.clock.settle();
    void made.consumer.stop();
    await made.clock.settle();
    expect(await outcome).toMatchObject({ code: 'MANAGER_STATE' });
    await expect(made.consumer.stopped).resolves.toEqual({ open: [] });
  });

  test('aborted by its signal', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = null;
    const controller = new AbortController();
    const outcome = made.consumer.start({ signal: controller.signal }).catch((error: unknown) => error);
    await made.clock.settle();
    controller.abort(new Error('changed my mind'));
    await made.clock.settle();
    expect(await outcome).toMatchObject({ code: 'MANAGER_STATE', cause: { message: 'changed my mind' } });
    expect(made.transport.calls.at(-1)).toBe('stop');
  });

  test('starts once', async () => {
    const { consumer } = await running(() => consumed);
    await expect(consumer.start()).rejects.toMatchObject({ code: 'MANAGER_STATE' });
  });
});

describe('a fatal error of the transport', () => {
  test('ends the consumer: observed, logged, told by `stopped`, and never an unhandled rejection', async () => {
    const { clock, transport, consumer, kinds, logs } = await running(() => consumed);
    transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    transport.listener.failed(new KafkaError('CODEC_MISSING', 'npm install snappyjs'));
    await clock.settle();
    expect(kinds('fatal')).toMatchObject([{ error: { code: 'CODEC_MISSING' } }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('npm install snappyjs') }));
    await expect(consumer.stopped).rejects.toMatchObject({ code: 'CODEC_MISSING' });
    expect(transport.calls.at(-1)).toBe('stop');
    expect(consumer.health()).toMatchObject({ state: 'failed', failure: { code: 'CODEC_MISSING' } });
  });

  test('a warning is observed and logged, and changes nothing', async () => {
    const { transport, consumer, kinds, logs } = await running(() => consumed);
    transport.listener.warning(new KafkaError('BROKER_UNREACHABLE', 'a fetch failed'));
    expect(kinds('warning')).toHaveLength(1);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a fetch failed' }));
    expect(consumer.state).toBe('running');
  });
});

test('an observer that throws harms nobody, and is logged once', async () => {
  const { transport, clock, logs } = await (async () => {
    const made = rig(() => consumed);
    made.observations.push = () => {
      throw new Error('observer');
    };
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void made.consumer.start();
    await made.clock.settle();
    return made;
  })();
  transport.batch(batchOf(0, 3, { epoch: 1 }));
  await clock.advance(200);
  expect(transport.committed).toEqual(['orders/0@3']);
  expect(logs.filter(({ message }) => message.includes('observer threw'))).toHaveLength(1);
});

test('health is plain data', async () => {
  const { clock, transport, consumer } = await running(({ offset }) => {
    if (offset === 1) throw new RangeError('bad');
    return consumed;
  });
  transport.batch(batchOf(0, 4, { epoch: 1, highWatermark: 9 }));
  await clock.settle();
  expect(JSON.parse(JSON.stringify(consumer.health()))).toEqual({
    state: 'running',
    groupId: 'billing',
    memberId: 'member-1',
    generation: 1,
    sessionTimeoutMs: 6_000,
    fetchTurnedAt: null,
    failure: null,
    partitions: [
      {
        topic: 'orders',
        partition: 0,
        epoch: 1,
        phase: 'active',
        position: 4,
        committable: 1,
        committed: 1,
        highWatermark: 9,
        lag: null,
        retentionHeadroomMs: null,
        retentionBySize: null,
        lastStableOffset: null,
        open: 3,
        queued: 3,
        paused: false,
        pausedByHand: false,
        callRunning: false,
        running: 0,
        retrying: 1,
        haltedLanes: [],
        overlaps: 0,
        halted: null,
        blocked: { offset: 1, attempt: 1, failures: 1, skips: 0, nextAttemptAt: clock.now() + 100, lastProblem: 'RangeError' },
      },
    ],
  });
});

test('options out of bounds are named all at once', () => {
  expect(() => rig(() => consumed, { options: { commitIntervalMs: -1, queueHighRecords: 5, queueLowRecords: 5 } })).toThrow(
    /commitIntervalMs is -1.*queueLowRecords is 5/,
  );
});
