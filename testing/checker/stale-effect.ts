import { watching, type Invariant } from './invariant.ts';
import type { Where } from './history.ts';
import { partitionName } from './wording.ts';

/**
 * Once a member was told that an epoch is over (revoked and its grace used, or lost, or its consumer stopped), nothing
 * of that epoch takes effect any more: no commit is sent for it, no answer of it is taken, and no record of the partition
 * is handed to the handler until it is assigned again.
 */
export const staleEffect: Invariant = {
  name: 'stale-effect',
  promise: 'Nothing of an ended assignment took effect: no late commit, no late answer, no late delivery.',
  watch(state, judge) {
    const violated = (at: number, where: Where, member: string, offset: number, what: string): void =>
      judge.violated({
        where,
        offsets: [offset],
        members: [member],
        at,
        message: `${partitionName(where)}: ${member} ${what}, although it had been told that this assignment is over. Another member may be at work there: its progress can be overwritten.`,
      });
    const isOver = (where: Where, member: string, epoch: number): boolean => {
      const holding = state.partition(where).holdings.get(member);
      return holding === undefined || !holding.active || holding.epoch !== epoch;
    };
    return watching(['client-commit-sent', 'call-started', 'observed'], {
      see(event) {
        switch (event.kind) {
          case 'client-commit-sent':
            judge.evaluated();
            if (isOver(event, event.member, event.epoch))
              violated(event.at, event, event.member, event.offset, `sent a commit of offset ${event.offset}`);
            return;
          case 'call-started': {
            judge.evaluated();
            const holding = state.partition(event).holdings.get(event.member);
            if (holding === undefined || !holding.active)
              violated(event.at, event, event.member, event.offset, `handed record ${event.offset} to its handler`);
            return;
          }
          case 'observed': {
            const { observation } = event;
            if (observation.kind !== 'action') return;
            judge.evaluated();
            if (isOver(observation, observation.member, observation.epoch)) {
              violated(
                event.at,
                observation,
                observation.member,
                observation.offset,
                `took the answer ${observation.action} for record ${observation.offset}`,
              );
            }
            return;
          }
          default:
            return;
        }
      },
    });
  },
};
