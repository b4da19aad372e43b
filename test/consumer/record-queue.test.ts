import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecordQueue } from '../../src/consumer/record-queue.ts';
import { record } from '../support/scripted-transport.ts';

test('records leave in the order in which they came, across batches and empty ones', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(5), fc.constant('shift' as const)), { maxLength: 40 }), (steps) => {
      const queue = new RecordQueue();
      const model: number[] = [];
      let offset = 0;
      for (const step of steps) {
        if (step !== 'shift') {
          const records = Array.from({ length: step }, () => record(offset++));
          model.push(...records.map((item) => item.offset));
          queue.push(records);
        } else if (model.length > 0) {
          expect(queue.peek()?.offset).toBe(model.shift());
          queue.shift();
        }
        expect(queue.length).toBe(model.length);
        expect(queue.peek()?.offset).toBe(model[0]);
      }
    }),
  );
});

test('bytes are keys, values and headers, and never fewer than what is still queued', () => {
  const queue = new RecordQueue();
  queue.push([
    record(0, { key: new Uint8Array(3), value: new Uint8Array(5) }),
    record(1, {
      value: null,
      headers: [
        ['traceparent', new Uint8Array(20)],
        ['none', null],
      ],
    }),
  ]);
  queue.push([record(2, { value: new Uint8Array(100) })]);
  expect(queue.bytes).toBe(143);
  queue.shift();
  expect(queue.bytes).toBe(143);
  queue.shift();
  expect(queue.bytes).toBe(100);
  queue.shift();
  expect(queue.bytes).toBe(0);
  queue.push([record(3)]);
  queue.clear();
  expect([queue.length, queue.bytes, queue.peek()]).toEqual([0, 0, undefined]);
});
