import type { Where } from './history.ts';
import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/**
 * An offset names one message. Of what the subject writes: an acknowledged message stands at the offset that was told
 * with it, and no two messages were acknowledged at the same one. One that stands nowhere is `lost-write`'s to judge.
 */
export const inconsistentOffsets: Invariant = {
  name: 'inconsistent-offsets',
  promise: 'Every acknowledged message stood at the offset that was told.',
  watch(state, judge) {
    const told = new Map<string, Map<number, string>>();
    const violated = (where: Where, offset: number, members: readonly string[], at: number, message: string): void =>
      judge.violated({
        where,
        offsets: [offset],
        members,
        at,
        message: `${partitionName(where)}: ${message} Whoever keeps the offset to find the message finds another.`,
      });
    return watching(['client-produce-settled'], {
      see(event) {
        if (event.kind !== 'client-produce-settled' || event.outcome !== 'acknowledged' || event.baseOffset === null) return;
        const name = partitionName(event);
        let offsets = told.get(name);
        if (offsets === undefined) told.set(name, (offsets = new Map()));
        for (const [index, message] of event.messages.entries()) {
          if (message === null) continue;
          judge.evaluated();
          const offset = event.baseOffset + index;
          const other = offsets.get(offset);
          offsets.set(offset, message);
          if (other !== undefined && other !== message)
            violated(
              event,
              offset,
              [event.member],
              event.at,
              `${message} was acknowledged at offset ${offset}, where ${other} had been acknowledged before.`,
            );
        }
      },
      end() {
        for (const partition of state.history.written ?? []) {
          const offsets = told.get(partitionName(partition));
          if (offsets === undefined) continue;
          for (const { offset, message } of partition.messages) {
            const expected = offsets.get(offset);
            if (expected === undefined || message === null || message === expected) continue;
            violated(
              partition,
              offset,
              [],
              state.lastAt,
              `${expected} was acknowledged at offset ${offset}, where the log has ${message}.`,
            );
          }
        }
      },
    });
  },
};
