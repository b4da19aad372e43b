import { expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { OpenRecord } from '../../src/consumer/open-record.ts';
import { record } from '../support/scripted-transport.ts';

/** A small view of a large buffer, as a record of a reply is. */
const wasteful = () => record(4, { value: Buffer.allocUnsafeSlow(100).subarray(0, 10) });

test('a record that waits gets bytes of its own; one that is done is not copied any more', () => {
  const [waiting, done] = [new OpenRecord(wasteful(), 0), new OpenRecord(wasteful(), 1)];
  done.state = 'done';
  const kept = done.record;
  for (const open of [waiting, done]) open.compact();
  expect(waiting.record.value?.buffer.byteLength).toBe(10);
  expect(done.record).toBe(kept);
});

test('the same object for the next record remembers nothing of the one before', () => {
  const used = new OpenRecord(record(4), 0);
  Object.assign(used, {
    state: 'halted',
    attempt: 3,
    failures: 2,
    skips: 1,
    retryAt: 77,
    lastProblem: 'TypeError',
    isExhausted: true,
    haltedBy: new KafkaError('RECORD_EXHAUSTED', 'It was too much.'),
  });
  used.reset(record(5), 1);
  const fresh = new OpenRecord(record(5), 1);
  const none = { offset: 5, attempt: 0, failures: 0, skips: 0, nextAttemptAt: null, lastProblem: null };
  expect([used.shown, fresh.shown]).toEqual([none, none]);
  const { state, isExhausted, haltedBy, sequence } = used;
  expect({ state, isExhausted, haltedBy, sequence }).toEqual({ state: 'waiting', isExhausted: false, haltedBy: null, sequence: 1 });
});
