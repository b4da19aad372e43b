import { watching, type Invariant } from './invariant.ts';
import type { Observation } from '../../src/observation.ts';
import { isPolicy } from './exhausted-records.ts';
import { activeHolding } from './ownership.ts';
import { partitionName } from './wording.ts';

/** A record of a batch that the runtime has told of. */
interface Item {
  readonly observation: Extract<Observation, { readonly kind: 'delivered' }>;
  settled: number;
}

/**
 * Each record that the runtime says it handed over in a batch gets exactly one answer there, its own: an action, a failure, or none
 * that counts any more because the assignment is over. By the handler's word no call is given more records than promised.
 */
export const batchAnswer: Invariant = {
  name: 'batch-answer',
  promise: 'Every record of a batch got exactly one answer.',
  watch(state, judge) {
    const items = new Map<string, Item>();
    const sizes = new Map<number, number>();
    return watching(['call-started', 'observed', 'ended'], {
      see(event) {
        if (event.kind === 'call-started') {
          if (event.batch === undefined) return;
          const size = (sizes.get(event.batch) ?? 0) + 1;
          sizes.set(event.batch, size);
          const { maxBatchRecords } = state.promises.of(event.topic);
          if (maxBatchRecords === null) return;
          judge.evaluated();
          if (size !== maxBatchRecords + 1) return;
          judge.violated({
            where: event,
            offsets: [event.offset],
            members: [event.member],
            at: event.at,
            message: `${partitionName(event)}: a call of ${event.member} was given more than ${maxBatchRecords} records, which is the most that its handler asked for.`,
          });
          return;
        }
        if (event.kind === 'ended') {
          for (const { observation, settled } of items.values()) if (settled === 0) unanswered(observation, event.at);
          return;
        }
        if (event.kind !== 'observed') return;
        const { observation } = event;
        switch (observation.kind) {
          case 'delivered':
            if (observation.batch !== undefined) items.set(deliveryKey(observation), { observation, settled: 0 });
            return;
          case 'action':
          case 'failed':
          case 'stale-result': {
            if (items.size === 0) return;
            const item = items.get(deliveryKey(observation));
            if (item === undefined) return;
            judge.evaluated();
            // The late answer of a call that was failed at its deadline is dropped, and changes nothing.
            if (observation.kind === 'stale-result' && item.settled > 0) return;
            item.settled += observation.kind === 'action' && isPolicy(observation) ? 0 : 1;
            if (item.settled < 2) return;
            violated(observation, event.at, `was settled a second time by "${observation.kind}", with one answer of its handler`);
            return;
          }
          default:
            return;
        }
      },
    });

    /** Of a call that still runs nothing is known, nor of what an assignment left behind. */
    function unanswered(observation: Item['observation'], at: number): void {
      const partition = state.partition(observation);
      const holding = activeHolding(partition, observation.member);
      // Of a log that was replaced nothing more is heard.
      if (!state.partitions.includes(partition)) return;
      if (holding === null || holding.epoch !== observation.epoch || state.crashed.has(observation.member)) return;
      for (const running of state.runningCalls.values()) {
        if (running.member === observation.member && running.partition === partition && running.record.offset === observation.offset)
          return;
      }
      judge.evaluated();
      violated(observation, at, 'was never settled, although its batch has ended');
    }

    function violated(observation: Pick<Item['observation'], 'topic' | 'partition' | 'offset' | 'member'>, at: number, what: string): void {
      judge.violated({
        where: observation,
        offsets: [observation.offset],
        members: [observation.member],
        at,
        message: `${partitionName(observation)}: record ${observation.offset}, delivered in a batch to ${observation.member}, ${what}. Its answer is counted for another record, or for none.`,
      });
    }
  },
};

function deliveryKey(at: {
  readonly member: string;
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly offset: number;
  readonly attempt: number;
}): string {
  return `${at.member} ${at.topic} ${at.partition} ${at.epoch} ${at.offset} ${at.attempt}`;
}
