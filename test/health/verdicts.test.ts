import { describe, expect, test } from 'vitest';
import { liveness, readiness } from '../../src/health/index.ts';
import { toldConsumer, toldHealth, toldPartition } from './told-health.ts';

const failure = { code: 'GROUP_FENCED', message: 'fenced' };
const halted = (partition: number): object =>
  toldPartition({ partition, phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE', message: 'gone' } });

describe('readiness', () => {
  test.for<[string, object]>([
    ['joined, with partitions', {}],
    ['joined, and rightly idle', { consumer: toldConsumer({ partitions: [] }) }],
    ['a manager that only produces', { consumer: null }],
    ['disabled', { state: 'disabled', consumer: null }],
    [
      'a record that is delivered again and again',
      { consumer: toldConsumer({ partitions: [toldPartition({ open: 5, callRunning: true })] }) },
    ],
    [
      'a replay of records older than retention',
      {
        consumer: toldConsumer({ partitions: [toldPartition({ open: 5, retentionHeadroomMs: -1, blocked: { offset: 10, attempt: 1 } })] }),
      },
    ],
    ['paused by a full queue', { consumer: toldConsumer({ partitions: [toldPartition({ paused: true })] }) }],
  ])('%s: ready', ([, differing]) => {
    expect(readiness(toldHealth(differing))).toEqual({ ok: true, reasons: [] });
  });

  test.for<[string, object, string]>([
    ['new', { state: 'new', consumer: null }, 'the manager is new'],
    ['starting', { state: 'starting', consumer: toldConsumer({ state: 'starting' }) }, 'the manager is starting'],
    ['stopping', { state: 'stopping' }, 'the manager is stopping'],
    ['stopped', { state: 'stopped' }, 'the manager is stopped'],
    ['failed', { state: 'failed', failure }, 'the manager has failed: GROUP_FENCED'],
    [
      'a consumer that failed while the manager does not know it yet',
      { consumer: toldConsumer({ state: 'failed', failure }) },
      'the consumer has failed: GROUP_FENCED',
    ],
    ['a consumer that stops', { consumer: toldConsumer({ state: 'stopping' }) }, 'the consumer is stopping'],
    ['not joined', { consumer: toldConsumer({ generation: null, partitions: [] }) }, 'the group is not joined'],
    [
      'a halted partition',
      { consumer: toldConsumer({ partitions: [toldPartition(), halted(1)] }) },
      'orders/1 is halted: OFFSET_OUT_OF_RANGE',
    ],
    [
      'overtaken by retention',
      { consumer: toldConsumer({ partitions: [toldPartition({ open: 5, retentionHeadroomMs: 0, blocked: { offset: 10, attempt: 2 } })] }) },
      'orders/0/10 is tried again and again, and retention may have taken it from the log',
    ],
    [
      'a halted lane',
      {
        consumer: toldConsumer({
          partitions: [toldPartition({ haltedLanes: [{ offset: 7, error: { code: 'HANDLER_HUNG', message: '' } }] })],
        }),
      },
      'orders/0/7 holds its lane until somebody decides: HANDLER_HUNG',
    ],
  ])('%s: not ready, and why', ([, differing, reason]) => {
    expect(readiness(toldHealth(differing))).toEqual({ ok: false, reasons: [reason] });
  });

  test('the reasons are bounded', () => {
    const partitions = Array.from({ length: 100 }, (_, partition) => halted(partition));
    const { ok, reasons } = readiness(toldHealth({ consumer: toldConsumer({ partitions }) }));
    expect([ok, reasons.length, reasons.at(-1)]).toEqual([false, 20, 'and 81 more']);
  });
});

describe('liveness', () => {
  const now = 1_000_000;

  test.for<[string, object, object]>([
    ['a fetch loop that turned just now', {}, { now }],
    ['a fetch loop that is silent for a minute', {}, { now: now + 60_000 }],
    ['nothing to fetch: all paused', { consumer: toldConsumer({ partitions: [toldPartition({ paused: true })] }) }, { now: now + 1e9 }],
    ['nothing to fetch: all halted', { consumer: toldConsumer({ partitions: [halted(0)] }) }, { now: now + 1e9 }],
    ['nothing to fetch: no partition is held', { consumer: toldConsumer({ partitions: [] }) }, { now: now + 1e9 }],
    ['no fetch loop has turned yet', { consumer: toldConsumer({ fetchTurnedAt: null }) }, { now: now + 1e9 }],
    ['a stall as long as the session', {}, { now, longestStallMs: 6_000 }],
    [
      'not ready is not dead',
      { state: 'starting', consumer: toldConsumer({ state: 'starting' }) },
      { now: now + 1e9, longestStallMs: 60_000 },
    ],
    ['stopped on purpose', { state: 'stopped' }, { now: now + 1e9 }],
  ])('%s: alive', ([, differing, options]) => {
    expect(liveness(toldHealth(differing), options as { now: number })).toEqual({ ok: true, reasons: [] });
  });

  test.for<[string, object, object, string]>([
    ['failed', { state: 'failed', failure }, { now }, 'the manager has failed: GROUP_FENCED'],
    ['a silent fetch loop', {}, { now: now + 60_001 }, 'the fetch loop has not turned for 60001 ms'],
    [
      "a silent fetch loop, by a limit of one's own",
      {},
      { now: now + 5_001, maxFetchSilenceMs: 5_000 },
      'the fetch loop has not turned for 5001 ms',
    ],
    [
      'a long session takes longer to be silent',
      { consumer: toldConsumer({ sessionTimeoutMs: 60_000 }) },
      { now: now + 180_001 },
      'the fetch loop has not turned for 180001 ms',
    ],
    [
      'a stall beyond the session',
      {},
      { now, longestStallMs: 6_001.4 },
      'the event loop stood still for 6001 ms, longer than the session of 6000 ms',
    ],
  ])('%s: not alive, and why', ([, differing, options, reason]) => {
    expect(liveness(toldHealth(differing), options as { now: number })).toEqual({ ok: false, reasons: [reason] });
  });
});
