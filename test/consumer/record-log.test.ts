import { describe, expect, test } from 'vitest';
import { logLaneHalted, logOvertaken, logRecovered, logReject, logSkip } from '../../src/consumer/record-log.ts';
import { OpenRecord } from '../../src/consumer/open-record.ts';
import { KafkaError } from '../../src/errors.ts';
import { EventLog } from '../../src/log/event-log.ts';
import { recordingLogger } from '../support/consumer-rig.ts';
import type { LogLine } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { record } from '../support/scripted-transport.ts';

const PLACE = { topic: 'orders', partition: 0 } as const;

/** The lines that a piece of code writes. */
function linesOf(write: (log: EventLog) => void): readonly LogLine[] {
  const lines: LogLine[] = [];
  write(new EventLog(recordingLogger(lines), new ManualClock()));
  return lines;
}

describe('what a rejected record was rejected for', () => {
  const causeInTheLog = (reason: string, cause: unknown): unknown =>
    linesOf((log) => logReject(log, record(4), 1, { reason, cause }))[0]?.data.err;

  test('is logged as it is, unless it may quote the record', () => {
    const cause = new Error('no such customer');
    expect(causeInTheLog('unknown-customer', cause)).toBe(cause);
  });

  test('by a parser is logged by its type and where it was thrown, without a word of its message', () => {
    const cause = new SyntaxError('Unexpected token "s", "secret" is not\nvalid JSON');
    const err = causeInTheLog('decode-failed', cause) as { readonly type: string; readonly stack: string };
    expect(err.type).toBe('SyntaxError');
    expect(err.stack).toMatch(/^ {4}at .*record-log\.test\.ts/);
    expect(err.stack.split('\n').length).toBeGreaterThan(1);
    expect(JSON.stringify(err)).not.toMatch(/secret|valid JSON/);
  });

  test('by a decoder of ours quotes nothing, and stands there as it is; so does nothing at all', () => {
    const ours = new KafkaError('CONFIG_INVALID', 'The value is no UTF-8.');
    expect([causeInTheLog('decode-failed', ours), causeInTheLog('decode-failed', undefined)]).toEqual([ours, undefined]);
  });

  test('without a stack has an empty one', () => {
    const bare = Object.assign(new Error('secret'), { stack: undefined });
    expect(causeInTheLog('decode-failed', bare)).toEqual({ type: 'Error', stack: '' });
    expect(causeInTheLog('decode-failed', 'secret')).toEqual({ type: 'thrown string', stack: '' });
  });
});

describe('a line about a call', () => {
  const one = [{ offset: 4, attempt: 2 }] as const;
  const two = [...one, { offset: 5, attempt: 1 }] as const;

  test('that is overtaken says where it is and how late; of several records it names the first and how many', () => {
    const message = 'A handler call runs on long after its deadline; its lane goes on beside it, as the handler asks for';
    expect(linesOf((log) => logOvertaken(log, PLACE, one, 500))).toEqual([
      { level: 'error', data: { event: 'call-overtaken', ...PLACE, offset: 4, attempt: 2, overdueMs: 500 }, message },
    ]);
    expect(linesOf((log) => logOvertaken(log, PLACE, two, 500))[0]?.data).toMatchObject({ offset: 4, records: 2 });
  });

  test('that halts its lane says so of all its records', () => {
    const error = new KafkaError('PROTOCOL', 'It was too much.');
    expect(linesOf((log) => logLaneHalted(log, PLACE, one, error))[0]?.data).not.toHaveProperty('records');
    expect(linesOf((log) => logLaneHalted(log, PLACE, two, error))[0]).toMatchObject({
      data: { offset: 4, records: 2, code: 'PROTOCOL' },
      message: 'Lane halted: It was too much.',
    });
  });
});

test('a record that had only been skipped is not told to have failed', () => {
  const open = Object.assign(new OpenRecord(record(4), 0), { attempt: 3, skips: 2 });
  expect(linesOf((log) => logRecovered(log, open))).toEqual([]);
  open.failures = 1;
  expect(linesOf((log) => logRecovered(log, open))).toMatchObject([{ data: { offset: 4, attempt: 3, failures: 1 } }]);
});

test('records that are skipped again and again have a line for each reason, and those of one reason are folded', () => {
  const skipped = Object.assign(new OpenRecord(record(4), 0), { attempt: 10, skips: 10 });
  const lines = linesOf((log) => {
    for (const reason of ['busy', 'busy', 'closed', null, null]) logSkip(log, skipped, reason);
  });
  expect(lines.map(({ data }) => data.reason)).toEqual(['busy', 'closed', null]);
});
