import type { CheckerState } from './checker-state.ts';
import { deliveryOf } from './delivery.ts';
import type { EventOf } from './history.ts';
import type { Holding } from './holding.ts';
import { NOTHING, watching, type Invariant } from './invariant.ts';
import type { RecordState } from './record-state.ts';
import type { RunningCall } from './running-call.ts';
import { describeRecord, partitionName } from './wording.ts';

/** A record that is to come again, in this holding. */
interface Due {
  readonly holding: Holding;
  readonly askedAt: number;
  readonly delayMs: number;
}

/**
 * In one holding a record that was skipped with `retryAfterMs` does not come again sooner than that after its answer, nor does any
 * other that was skipped or failed sooner than the least back-off of its handler, where that promises one; save where somebody lets its lane go on.
 */
export const earlyRetry: Invariant = {
  name: 'early-retry',
  promise: 'No record came again sooner than its Skip had asked for, or than the least back-off of its handler.',
  watch(state, judge) {
    const { handlers = [], clockSlackMs: slackMs = 0 } = state.history.settings;
    if (handlers.every(({ leastRetryDelayMs }) => leastRetryDelayMs === undefined)) return NOTHING;
    const dues = new Map<RecordState, Due>();
    return watching(['call-ended', 'call-started', 'observed'], {
      see(event) {
        if (event.kind === 'observed') {
          const { observation } = event;
          if (observation.kind !== 'lane-resumed') return;
          const record = state.partition(observation).byOffset.get(observation.offset);
          if (record !== undefined) dues.delete(record);
          return;
        }
        if (event.kind === 'call-ended') {
          const running = state.runningCalls.get(event.call);
          // Nobody listens to a call any more beside which its lane went on.
          if (running === undefined || running.superseded || running.isDiscounted) return;
          const due = dueOf(state, event, running);
          if (due === null) dues.delete(running.record);
          else dues.set(running.record, due);
          return;
        }
        if (event.kind !== 'call-started') return;
        const delivery = deliveryOf(state, event);
        const due = delivery === null ? undefined : dues.get(delivery.record);
        if (delivery === null || due === undefined || due.holding !== delivery.holding) return;
        judge.evaluated();
        const afterMs = event.at - due.askedAt;
        if (afterMs >= due.delayMs - slackMs) return;
        judge.violated({
          where: delivery.partition,
          offsets: [event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(delivery.partition)}: ${describeRecord(delivery.record)} was handed to the handler of ${event.member} again after ${afterMs} ms, ` +
            `${due.delayMs} ms were asked for. What the handler waits for is asked for more often than it can bear.`,
        });
      },
    });
  },
};

function dueOf(state: CheckerState, event: EventOf<'call-ended'>, { holding, startedAt }: RunningCall): Due | null {
  if (holding === null || (event.outcome !== 'skip' && event.outcome !== 'failed')) return null;
  const { deadlineMs, leastRetryDelayMs } = state.promises.of(event.topic);
  if (leastRetryDelayMs === null) return null;
  // It has failed when its deadline passed, however late it says so itself.
  const askedAt = event.outcome === 'failed' ? Math.min(event.at, startedAt + (deadlineMs ?? Infinity)) : event.at;
  const delayMs = event.retryAfterMs ?? leastRetryDelayMs;
  return delayMs === 0 ? null : { holding, askedAt, delayMs };
}
