import { deliveryOf } from './delivery.ts';
import { NOTHING, watching, type Invariant } from './invariant.ts';
import { describeRecord, partitionName } from './wording.ts';

/**
 * A record is not handed to its handler again once it has failed as often as `maxAttempts` says in this holding, or in a way that no
 * attempt can mend, or was skipped more often than `maxSkips` says; save where the options let it go on, or somebody asked for it.
 */
export const retryLimit: Invariant = {
  name: 'retry-limit',
  promise: 'No record was tried again after its attempts were used up.',
  watch(state, judge) {
    const { handlers = [] } = state.history.settings;
    if (handlers.every(({ retry }) => retry === undefined)) return NOTHING;
    return watching(['call-started'], {
      see(event) {
        if (event.kind !== 'call-started' || state.promises.of(event.topic).retry === null) return;
        const delivery = deliveryOf(state, event);
        if (delivery === null) return;
        const { partition, record, holding } = delivery;
        judge.evaluated();
        if (!state.exhausted.isSpent(event.topic, record, holding)) return;
        judge.violated({
          where: partition,
          offsets: [event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(partition)}: ${describeRecord(record)} was handed to the handler of ${event.member} again, although its attempts were used up in this assignment. ` +
            'A call that costs money or does harm is made more often than was allowed.',
        });
      },
    });
  },
};
