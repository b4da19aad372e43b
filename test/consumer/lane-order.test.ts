import { expect, test } from 'vitest';
import type { CallGates } from '../../src/consumer/call-gate.ts';
import { LaneOrder } from '../../src/consumer/lane-order.ts';
import { RunningLanes } from '../../src/consumer/lane.ts';
import { Ledger } from '../../src/consumer/ledger.ts';
import type { Runtime } from '../../src/consumer/runtime.ts';
import { EventLog } from '../../src/log/event-log.ts';
import { consumed, handlerOf, recordingLogger } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { record } from '../support/scripted-transport.ts';

// A gate grants fewer where somebody was called for so many and more came meanwhile.
test.each([
  ['of lanes of their own', ['a', 'b', 'c', 'd', 'e']],
  ['of one lane', ['a', 'a', 'a', 'a', 'a']],
  ['of lanes that are in the call as well', ['a', 'b', 'a', 'b', 'a']],
])('what a gate has no room for goes back to its lane and comes with the next call: records %s', async (_what, keys) => {
  const grants = [2];
  const gates = {
    mostAtOnce: Infinity,
    enter: (_visitor: unknown, wanted: number) => grants.shift() ?? wanted,
    leave: () => {},
    turnOver: () => {},
    forget: () => {},
  } as unknown as CallGates;
  const calls: number[][] = [];
  const clock = new ManualClock();
  const runtime = {
    clock,
    random: { next: () => 0 },
    log: new EventLog(recordingLogger([]), clock),
    observe: null,
    member: 'm1',
    context: { clock, logger: recordingLogger([]), producer: {} },
    nextBatch: () => 1,
  } as unknown as Runtime;
  const ledger = new Ledger(0);
  const lanes = new RunningLanes();
  const order = new LaneOrder(runtime, {
    id: { topic: 'orders', partition: 0, epoch: 1 },
    handler: handlerOf(() => consumed, {
      ordering: 'key',
      batch: { maxRecords: 5, maxBytes: 1_000_000, lingerMs: 0 },
      processBatch: (contexts) => {
        calls.push(contexts.map((each) => each.record.offset));
        return contexts.map(() => consumed);
      },
    }),
    ledger,
    claims: null,
    lanes,
    gates,
    deadLetters: null,
    wake: () => {},
    broken: (error) => {
      throw error;
    },
  });
  lanes.owner = order;
  const records = keys.map((key, offset) => record(offset, { key: Buffer.from(key) }));
  ledger.accept({ fetchedFrom: 0, nextOffset: records.length, records });
  order.push(records);
  order.delivering = true;
  for (let turn = 0; turn < 3; turn++) {
    order.run({ isOver: () => false });
    await clock.settle();
  }
  expect(calls.map(({ length }) => length)).toEqual([2, 3]);
  expect(calls.flat().toSorted()).toEqual([0, 1, 2, 3, 4]);
  expect([ledger.committable, order.terminalCount, order.queued, order.bytes]).toEqual([5, 5, 0, 0]);
});
