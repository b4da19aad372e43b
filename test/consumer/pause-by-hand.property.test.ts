import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import type { Ordering } from '../../src/handler.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const first = { topic: 'orders', partition: 0 };
const RECORDS = 30;

type Step =
  | { readonly kind: 'pause' | 'resume'; readonly whole: boolean }
  | { readonly kind: 'fetch'; readonly count: number }
  | { readonly kind: 'answer'; readonly which: number; readonly skip: boolean }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'rebalance'; readonly how: 'revoked' | 'lost' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const), whole: fc.boolean() }),
  fc.record({ kind: fc.constant('fetch' as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('answer' as const), which: fc.nat({ max: 5 }), skip: fc.boolean() }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 50, 500, 5_000) }),
  fc.record({ kind: fc.constant('rebalance' as const), how: fc.constantFrom('revoked' as const, 'lost' as const) }),
);

test.each(['partition', 'key', 'unordered'] as const)(
  'whatever happens meanwhile, in %s order: no call starts and nothing is fetched under a pause, and after it everything is done',
  async (ordering: Ordering) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const calls = pendingAnswers();
        const { clock, transport, consumer, delivered } = rig(calls.process, {
          handler: { ordering, concurrency: ordering === 'partition' ? null : 3 },
          options: { queueHighRecords: 3, queueLowRecords: 2, maxOpenWindow: 8, commitIntervalMs: 10 },
        });
        const done = new Set<object>();
        let epoch = 1;
        let committedByBroker = 0;
        let isPaused = false;
        const position = (): number => consumer.health().partitions[0]?.position ?? 0;
        const committed = (): number => consumer.health().partitions[0]?.committed ?? 0;
        /** As a transport does: nothing while it is paused, save one fetch that was on its way. */
        const fetch = (count: number): void => {
          if (transport.paused.has('orders/0')) return;
          const from = position();
          const to = Math.min(RECORDS, from + count);
          if (to > from) expect(transport.batch(batchOf(from, to, { epoch }))).toBe('accepted');
        };
        const answer = (index: number, action = consumed): void => {
          const open = calls.calls.filter((call) => !done.has(call));
          const call = open[index % Math.max(1, open.length)];
          if (call === undefined) return;
          done.add(call);
          call.resolve(action);
        };
        const assign = (): void => transport.assign([assigned({ epoch, committedOffset: committedByBroker })]);
        transport.firstAssignment = [assigned({ epoch, committedOffset: 0 })];
        void consumer.start();
        await clock.settle();
        for (const each of steps) {
          const before = delivered.length;
          const wasPaused = isPaused;
          if (each.kind === 'pause' || each.kind === 'resume') {
            isPaused = each.kind === 'pause';
            const selection = each.whole ? [{ topic: 'orders' }] : [first];
            if (isPaused) consumer.pause(selection);
            else consumer.resume(selection);
          } else if (each.kind === 'fetch') fetch(each.count);
          else if (each.kind === 'answer') answer(each.which, each.skip ? skipped(100) : consumed);
          else if (each.kind === 'wait') await clock.advance(each.ms);
          else if (each.kind === 'rebalance') {
            await clock.advance(20);
            committedByBroker = committed();
            const id = { ...first, epoch };
            if (each.how === 'revoked') await transport.listener.revoked([id], { graceMs: 0 });
            else transport.listener.lost([id], new KafkaError('PARTITION_LOST', 'gone'));
            transport.paused.clear();
            epoch += 1;
            assign();
          }
          await clock.settle();
          if (isPaused) expect(transport.paused.has('orders/0')).toBe(true);
          if (isPaused && wasPaused) expect(delivered).toHaveLength(before);
          expect(consumer.health().partitions[0]?.pausedByHand).toBe(isPaused);
        }
        consumer.resume([{ topic: 'orders' }]);
        for (let round = 0; round < 400 && committed() < RECORDS; round += 1) {
          fetch(6);
          await clock.advance(200);
          for (let index = 0; index < 5; index += 1) answer(0);
          await clock.settle();
        }
        expect(committed()).toBe(RECORDS);
        expect(transport.paused.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  },
  30_000,
);
