import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import { KafkaError } from '../../src/errors.ts';
import type { HandlerContext } from '../../src/handler.ts';
import { consumed, pendingAnswers, rejected, rig, skipped } from '../support/consumer-rig.ts';
import type { Rig, RigOptions } from '../support/consumer-rig.ts';
import { logged, told } from '../support/told.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function begin(made: Rig): Promise<void> {
  void made.consumer.start().catch(() => undefined);
  await made.clock.settle();
}

/** Record 1 is skipped once, 2 fails once and is rejected, the rest is consumed at once. */
function answer({ offset }: { readonly offset: number }, { attempt }: HandlerContext): Action {
  if (offset === 1 && attempt === 1) return skipped(50, 'store busy');
  if (offset === 2 && attempt === 1) throw new Error('no luck');
  if (offset === 2) return rejected('too-old');
  return consumed;
}

const SMALL_QUEUE: RigOptions = { options: { queueHighRecords: 4, queueLowRecords: 1 } };

async function ordinaryLife(given: RigOptions = {}): Promise<Rig> {
  const made = rig(answer, { ...SMALL_QUEUE, ...given });
  const { clock, transport } = made;
  transport.firstAssignment = [assigned({ epoch: 1 })];
  await begin(made);
  transport.batch(batchOf(0, 5, { epoch: 1, highWatermark: 9 }));
  await clock.advance(300);
  transport.batch(batchOf(0, 5, { epoch: 1 }));
  await clock.advance(1_000);
  // Only control records: nothing to handle, and yet a commit.
  transport.batch({ ...batchOf(5, 7, { epoch: 1 }), records: [] });
  await clock.advance(500);
  await made.consumer.stop();
  await clock.settle();
  return made;
}

async function halted(disturb: (made: Rig) => void, given: RigOptions = {}): Promise<Rig> {
  const made = rig(answer, given);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 4 })];
  await begin(made);
  disturb(made);
  await made.clock.advance(500);
  return made;
}

describe('an ordinary life', () => {
  test('is observed in every detail', async () => {
    expect(told(await ordinaryLife())).toMatchInlineSnapshot(`
      [
        "0 m1 started {}",
        "0 m1 joined {"memberId":"member-1","generation":1}",
        "0 m1 assigned orders/0#1 {"committedOffset":null}",
        "0 m1 start-resolved orders/0#1 {"offset":0,"reason":"earliest"}",
        "0 m1 commit-sent orders/0#1 {"offset":0}",
        "0 m1 commit-settled orders/0#1 {"offset":0,"outcome":"acknowledged","code":null}",
        "0 m1 batch-accepted orders/0#1 {"fetchedFrom":0,"nextOffset":5,"records":5}",
        "0 m1 paused orders/0#1 {"queued":5,"cause":"queue"}",
        "0 m1 delivered orders/0#1 {"offset":0,"attempt":1}",
        "0 m1 action orders/0#1 {"offset":0,"attempt":1,"action":"consume","reason":null}",
        "0 m1 delivered orders/0#1 {"offset":1,"attempt":1}",
        "0 m1 action orders/0#1 {"offset":1,"attempt":1,"action":"skip","reason":"store busy"}",
        "0 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":1,"delayMs":50}",
        "50 m1 delivered orders/0#1 {"offset":1,"attempt":2}",
        "50 m1 action orders/0#1 {"offset":1,"attempt":2,"action":"consume","reason":null}",
        "50 m1 delivered orders/0#1 {"offset":2,"attempt":1}",
        "50 m1 failed orders/0#1 {"offset":2,"attempt":1,"failures":1} no luck",
        "50 m1 retry-scheduled orders/0#1 {"offset":2,"attempt":1,"delayMs":100}",
        "150 m1 delivered orders/0#1 {"offset":2,"attempt":2}",
        "150 m1 action orders/0#1 {"offset":2,"attempt":2,"action":"reject","reason":"too-old"}",
        "150 m1 delivered orders/0#1 {"offset":3,"attempt":1}",
        "150 m1 action orders/0#1 {"offset":3,"attempt":1,"action":"consume","reason":null}",
        "150 m1 delivered orders/0#1 {"offset":4,"attempt":1}",
        "150 m1 action orders/0#1 {"offset":4,"attempt":1,"action":"consume","reason":null}",
        "150 m1 resumed orders/0#1 {"queued":0,"cause":"queue"}",
        "200 m1 commit-sent orders/0#1 {"offset":5}",
        "200 m1 commit-settled orders/0#1 {"offset":5,"outcome":"acknowledged","code":null}",
        "300 m1 discontinuity orders/0#1 {"position":5,"fetchedFrom":0}",
        "1300 m1 batch-accepted orders/0#1 {"fetchedFrom":5,"nextOffset":7,"records":0}",
        "1300 m1 commit-sent orders/0#1 {"offset":7}",
        "1300 m1 commit-settled orders/0#1 {"offset":7,"outcome":"acknowledged","code":null}",
        "1800 m1 revoked orders/0#1 {}",
        "1800 m1 stopped {}",
      ]
    `);
  });

  test('is logged where an operator must know', async () => {
    expect(logged(await ordinaryLife())).toMatchInlineSnapshot(`
      [
        "info {"event":"group-joined","memberId":"member-1","generation":1,"partitions":1} Group joined",
        "info {"event":"partition-assigned","topic":"orders","partition":0,"epoch":1,"offset":0,"reason":"earliest"} Partition assigned",
        "error {"event":"handler-failed","topic":"orders","partition":0,"offset":2,"attempt":1,"failures":1} Handler failed; the record holds its lane and is delivered again (Error: no luck)",
        "warn {"event":"record-rejected","topic":"orders","partition":0,"offset":2,"attempt":2,"reason":"too-old"} Record rejected",
        "info {"event":"consumer-stopped"} Consumer stopped; nothing was open",
      ]
    `);
  });

  test('is the same when nobody observes it', async () => {
    const [seen, unseen] = [await ordinaryLife(), await ordinaryLife({ observed: false })];
    expect(unseen.observations).toEqual([]);
    expect(unseen.delivered).toEqual(seen.delivered);
    expect(unseen.transport.committed).toEqual(seen.transport.committed);
    expect(unseen.transport.fetches).toEqual(seen.transport.fetches);
    expect(unseen.transport.calls).toEqual(seen.transport.calls);
    expect(logged(unseen)).toEqual(logged(seen));
  });
});

/** A handler that is late, answers nonsense, fails for long, and is still at work when the partition is gone. */
async function troubledLife(given: RigOptions = {}): Promise<Rig> {
  const late = pendingAnswers();
  const made = rig(
    (record, context) => {
      const { offset } = record;
      if (offset === 0 && context.attempt === 1) return late.process(record, context);
      if (offset === 0) return consumed;
      if (offset === 1 && context.attempt === 1) return 'done' as unknown as Action;
      if (offset === 1 && context.attempt < 4) throw new TypeError('still no luck');
      if (offset === 1) return skipped(700, 'x'.repeat(300));
      return late.process(record, context);
    },
    { ...given, handler: { deadlineMs: 400 } },
  );
  const { clock, transport } = made;
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 }), assigned({ epoch: 2, partition: 1, committedOffset: 7 })];
  await begin(made);
  transport.batch(batchOf(0, 3, { epoch: 1 }));
  transport.batch(batchOf(7, 8, { epoch: 2, partition: 1 }));
  await clock.advance(500);
  late.calls[0]?.resolve(consumed);
  await clock.advance(200);
  late.calls[1]?.reject(new Error('cut off'));
  await clock.advance(1_000);
  transport.listener.lost([{ topic: 'orders', partition: 1, epoch: 2 }], new KafkaError('PARTITION_LOST', 'evicted'));
  late.calls.at(-1)?.resolve(consumed);
  late.calls.at(-1)?.reject(new Error('after the end'));
  await clock.advance(1_000);
  return made;
}

describe('a troubled life', () => {
  test('is observed in every detail', async () => {
    expect(told(await troubledLife())).toMatchInlineSnapshot(`
      [
        "0 m1 started {}",
        "0 m1 joined {"memberId":"member-1","generation":1}",
        "0 m1 assigned orders/0#1 {"committedOffset":0}",
        "0 m1 start-resolved orders/0#1 {"offset":0,"reason":"committed"}",
        "0 m1 assigned orders/1#2 {"committedOffset":7}",
        "0 m1 start-resolved orders/1#2 {"offset":7,"reason":"committed"}",
        "0 m1 batch-accepted orders/0#1 {"fetchedFrom":0,"nextOffset":3,"records":3}",
        "0 m1 batch-accepted orders/1#2 {"fetchedFrom":7,"nextOffset":8,"records":1}",
        "0 m1 delivered orders/0#1 {"offset":0,"attempt":1}",
        "0 m1 delivered orders/1#2 {"offset":7,"attempt":1}",
        "400 m1 failed orders/0#1 {"offset":0,"attempt":1,"failures":1} The handler of orders/0/0 did not answer within 400 ms (attempt 1). Its lane waits until it does.",
        "400 m1 retry-scheduled orders/0#1 {"offset":0,"attempt":1,"delayMs":100}",
        "400 m1 failed orders/1#2 {"offset":7,"attempt":1,"failures":1} The handler of orders/1/7 did not answer within 400 ms (attempt 1). Its lane waits until it does.",
        "400 m1 retry-scheduled orders/1#2 {"offset":7,"attempt":1,"delayMs":100}",
        "500 m1 stale-result orders/0#1 {"offset":0,"attempt":1}",
        "500 m1 delivered orders/0#1 {"offset":0,"attempt":2}",
        "500 m1 action orders/0#1 {"offset":0,"attempt":2,"action":"consume","reason":null}",
        "500 m1 delivered orders/0#1 {"offset":1,"attempt":1}",
        "500 m1 failed orders/0#1 {"offset":1,"attempt":1,"failures":1} The handler of orders/0/1 answered a string, expected consume(), skip() or reject().",
        "500 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":1,"delayMs":100}",
        "500 m1 commit-sent orders/0#1 {"offset":1}",
        "500 m1 commit-settled orders/0#1 {"offset":1,"outcome":"acknowledged","code":null}",
        "600 m1 delivered orders/0#1 {"offset":1,"attempt":2}",
        "600 m1 failed orders/0#1 {"offset":1,"attempt":2,"failures":2} still no luck",
        "600 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":2,"delayMs":200}",
        "700 m1 stale-result orders/1#2 {"offset":7,"attempt":1}",
        "700 m1 delivered orders/1#2 {"offset":7,"attempt":2}",
        "800 m1 delivered orders/0#1 {"offset":1,"attempt":3}",
        "800 m1 failed orders/0#1 {"offset":1,"attempt":3,"failures":3} still no luck",
        "800 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":3,"delayMs":400}",
        "1100 m1 failed orders/1#2 {"offset":7,"attempt":2,"failures":2} The handler of orders/1/7 did not answer within 400 ms (attempt 2). Its lane waits until it does.",
        "1100 m1 retry-scheduled orders/1#2 {"offset":7,"attempt":2,"delayMs":200}",
        "1200 m1 delivered orders/0#1 {"offset":1,"attempt":4}",
        "1200 m1 action orders/0#1 {"offset":1,"attempt":4,"action":"skip","reason":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}",
        "1200 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":4,"delayMs":700}",
        "1700 m1 lost orders/1#2 {}",
        "1700 m1 stale-result orders/1#2 {"offset":7,"attempt":2}",
        "1900 m1 delivered orders/0#1 {"offset":1,"attempt":5}",
        "1900 m1 action orders/0#1 {"offset":1,"attempt":5,"action":"skip","reason":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}",
        "1900 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":5,"delayMs":700}",
        "2600 m1 delivered orders/0#1 {"offset":1,"attempt":6}",
        "2600 m1 action orders/0#1 {"offset":1,"attempt":6,"action":"skip","reason":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}",
        "2600 m1 retry-scheduled orders/0#1 {"offset":1,"attempt":6,"delayMs":700}",
      ]
    `);
  });

  test('is logged where an operator must know', async () => {
    expect(logged(await troubledLife())).toMatchInlineSnapshot(`
      [
        "info {"event":"group-joined","memberId":"member-1","generation":1,"partitions":2} Group joined",
        "info {"event":"partition-assigned","topic":"orders","partition":0,"epoch":1,"offset":0,"reason":"committed"} Partition assigned",
        "info {"event":"partition-assigned","topic":"orders","partition":1,"epoch":2,"offset":7,"reason":"committed"} Partition assigned",
        "error {"event":"handler-failed","topic":"orders","partition":0,"offset":0,"attempt":1,"failures":1} Handler failed; the record holds its lane and is delivered again (KafkaError: The handler of orders/0/0 did not answer within 400 ms (attempt 1). Its lane waits until it does.)",
        "info {"event":"record-recovered","topic":"orders","partition":0,"offset":0,"attempt":2,"failures":1} The record that had failed is consumed",
        "error {"event":"handler-failed","topic":"orders","partition":0,"offset":1,"attempt":1,"failures":1} Handler failed; the record holds its lane and is delivered again (KafkaError: The handler of orders/0/1 answered a string, expected consume(), skip() or reject().)",
        "warn {"event":"partition-lost","topic":"orders","partition":1,"epoch":2} Partition lost; what was not committed is delivered again (KafkaError: evicted)",
      ]
    `);
  });

  test('shows in the health what it waits for', async () => {
    const { partitions } = (await troubledLife()).consumer.health();
    expect(partitions).toMatchInlineSnapshot(`
      [
        {
          "blocked": {
            "attempt": 6,
            "failures": 3,
            "lastProblem": "skipped: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "nextAttemptAt": 1003300,
            "offset": 1,
            "skips": 3,
          },
          "callRunning": false,
          "committable": 1,
          "committed": 1,
          "epoch": 1,
          "halted": null,
          "haltedLanes": [],
          "highWatermark": null,
          "lag": null,
          "lastStableOffset": null,
          "open": 2,
          "overlaps": 0,
          "partition": 0,
          "paused": false,
          "pausedByHand": false,
          "phase": "active",
          "position": 3,
          "queued": 2,
          "retentionBySize": null,
          "retentionHeadroomMs": null,
          "retrying": 1,
          "running": 0,
          "topic": "orders",
        },
      ]
    `);
  });

  test('is the same when nobody observes it', async () => {
    const [seen, unseen] = [await troubledLife(), await troubledLife({ observed: false })];
    expect(unseen.delivered).toEqual(seen.delivered);
    expect(unseen.transport.committed).toEqual(seen.transport.committed);
    expect(logged(unseen)).toEqual(logged(seen));
  });
});

describe('a halt', () => {
  const CASES: readonly [what: string, disturb: (made: Rig) => void, code: string, message: string, before: readonly string[]][] = [
    [
      'by batches that are never of the position',
      ({ transport, clock }) => {
        for (let time = 0; time < 3; time += 1) {
          transport.batch(batchOf(7, 8, { epoch: 1 }));
          void clock.settle();
        }
      },
      'PROTOCOL',
      'orders/0: the transport delivered 3 times in a row what was not fetched from the position 4. The partition is halted.',
      Array.from({ length: 3 }, () => '0 m1 discontinuity orders/0#1 {"position":4,"fetchedFrom":7}'),
    ],
    [
      'by a leader epoch that goes back',
      ({ transport }) => {
        transport.batch(batchOf(4, 5, { epoch: 1, leaderEpochs: [{ from: 4, leaderEpoch: 3 }] }));
        transport.batch(batchOf(5, 6, { epoch: 1, leaderEpochs: [{ from: 5, leaderEpoch: 2 }] }));
      },
      'OFFSET_OUT_OF_RANGE',
      'orders/0: its leader epoch went back from 3 to 2: the topic was made again. The partition is halted, and nothing more is committed from what was read before.',
      ['0 m1 batch-accepted orders/0#1 {"fetchedFrom":4,"nextOffset":5,"records":1}'],
    ],
    [
      'by a batch out of order',
      ({ transport }) => {
        const batch = batchOf(4, 7, { epoch: 1 });
        transport.batch({ ...batch, records: batch.records.toReversed() });
      },
      'PROTOCOL',
      'The transport handed over offset 5 where 7 or more was due: a batch is in offset order and has nothing below the fetched offset 4.',
      [],
    ],
    [
      'by a batch that ends below its beginning',
      ({ transport }) => void transport.batch({ ...batchOf(4, 4, { epoch: 1 }), nextOffset: 3 }),
      'PROTOCOL',
      'The transport handed over a batch with next offset 3, expected 4 or more and at most 2^53 − 1.',
      [],
    ],
  ];

  test.each(CASES)('%s is told and logged', async (_what, disturb, code, message, before) => {
    const made = await halted(disturb, { options: { maxDiscontinuities: 2 } });
    expect(told(made).slice(4)).toEqual([...before, `0 m1 halted orders/0#1 {} ${message}`]);
    expect(logged(made).slice(2)).toEqual([
      `error {"event":"partition-halted","topic":"orders","partition":0,"code":"${code}"} Partition halted: ${message} (KafkaError: ${message})`,
    ]);
  });

  test.each(CASES)('%s is the same when nobody observes it', async (_what, disturb) => {
    const options = { options: { maxDiscontinuities: 2 } };
    const [seen, unseen] = [await halted(disturb, options), await halted(disturb, { ...options, observed: false })];
    expect(unseen.consumer.health().partitions).toEqual(seen.consumer.health().partitions);
    expect(logged(unseen)).toEqual(logged(seen));
  });
});

describe('a partition that goes to another member', () => {
  async function lost(observed: boolean): Promise<Rig> {
    const made = rig(answer, { observed });
    const { clock, transport } = made;
    transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 4 }), assigned({ epoch: 2, partition: 1, committedOffset: 4 })];
    await begin(made);
    transport.batch(batchOf(4, 6, { epoch: 1 }));
    void transport.listener.revoked([{ topic: 'orders', partition: 0, epoch: 1 }], { graceMs: 1_000 });
    await clock.advance(300);
    transport.listener.lost([{ topic: 'orders', partition: 1, epoch: 2 }], new KafkaError('PARTITION_LOST', 'evicted'));
    await clock.advance(300);
    return made;
  }

  test('is told and logged', async () => {
    const made = await lost(true);
    expect([...told(made), ...logged(made)]).toMatchInlineSnapshot(`
      [
        "0 m1 started {}",
        "0 m1 joined {"memberId":"member-1","generation":1}",
        "0 m1 assigned orders/0#1 {"committedOffset":4}",
        "0 m1 start-resolved orders/0#1 {"offset":4,"reason":"committed"}",
        "0 m1 assigned orders/1#2 {"committedOffset":4}",
        "0 m1 start-resolved orders/1#2 {"offset":4,"reason":"committed"}",
        "0 m1 batch-accepted orders/0#1 {"fetchedFrom":4,"nextOffset":6,"records":2}",
        "0 m1 revoked orders/0#1 {}",
        "300 m1 lost orders/1#2 {}",
        "info {"event":"group-joined","memberId":"member-1","generation":1,"partitions":2} Group joined",
        "info {"event":"partition-assigned","topic":"orders","partition":0,"epoch":1,"offset":4,"reason":"committed"} Partition assigned",
        "info {"event":"partition-assigned","topic":"orders","partition":1,"epoch":2,"offset":4,"reason":"committed"} Partition assigned",
        "info {"event":"partition-revoked","topic":"orders","partition":0,"epoch":1} Partition revoked",
        "warn {"event":"partition-lost","topic":"orders","partition":1,"epoch":2} Partition lost; what was not committed is delivered again (KafkaError: evicted)",
      ]
    `);
  });

  test('does so when nobody observes it', async () => {
    const [seen, unseen] = [await lost(true), await lost(false)];
    expect(unseen.transport.committed).toEqual(seen.transport.committed);
    expect(logged(unseen)).toEqual(logged(seen));
  });
});
