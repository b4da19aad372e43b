import { expect, test } from 'vitest';
import type { CallGates } from '../../src/consumer/call-gate.ts';
import { LaneOrder } from '../../src/consumer/lane-order.ts';
import { RunningLanes } from '../../src/consumer/lane.ts';
import { Ledger } from '../../src/consumer/ledger.ts';
import { PartitionOrder } from '../../src/consumer/partition-order.ts';
import type { Runtime } from '../../src/consumer/runtime.ts';
import { EventLog } from '../../src/log/event-log.ts';
import { consumed, handlerOf, recordingLogger } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { record } from '../support/scripted-transport.ts';

/** Gates that let everybody in, and remember who gave up its turn. */
function openGates(): { readonly gates: CallGates; readonly over: unknown[] } {
  const over: unknown[] = [];
  const gates = {
    mostAtOnce: Infinity,
    enter: (_visitor: unknown, wanted: number) => wanted,
    leave: () => {},
    turnOver: (visitor: unknown) => void over.push(visitor),
    forget: () => {},
  };
  return { gates: gates as unknown as CallGates, over };
}

test.each([
  ['partition', PartitionOrder],
  ['key', LaneOrder],
] as const)('who goes on in the next turn of the event loop keeps its place at the gates, in %s order', (ordering, Order) => {
  const clock = new ManualClock();
  const { gates, over } = openGates();
  const delivered: number[] = [];
  const ledger = new Ledger(0);
  const logger = recordingLogger([]);
  const runtime = {
    clock,
    random: { next: () => 0 },
    log: new EventLog(logger, clock),
    observe: null,
    member: 'm1',
    context: { clock, logger, producer: {} },
    nextBatch: () => 1,
  } as unknown as Runtime;
  const order = new Order(runtime, {
    id: { topic: 'orders', partition: 0, epoch: 1 },
    handler: handlerOf(({ offset }) => (delivered.push(offset), consumed), { ordering }),
    ledger,
    claims: null,
    lanes: new RunningLanes(),
    gates,
    deadLetters: null,
    wake: () => {},
    broken: (error) => {
      throw error;
    },
  });
  const records = [0, 1, 2].map((offset) => record(offset));
  ledger.accept({ fetchedFrom: 0, nextOffset: 3, records });
  order.push(records);
  order.delivering = true;
  expect([order.run({ isOver: () => true }), delivered, over]).toEqual([true, [], []]);
  expect([order.run({ isOver: () => delivered.length > 0 }), delivered, over]).toEqual([true, [0], []]);
  expect([order.run({ isOver: () => false }), delivered]).toEqual([false, [0, 1, 2]]);
  expect(over).toEqual([order]);
});
