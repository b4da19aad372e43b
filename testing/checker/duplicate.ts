import { watching, type Invariant } from './invariant.ts';
import type { EventOf } from './history.ts';
import type { Holding } from './holding.ts';
import { partitionName } from './wording.ts';

/**
 * Each message that the subject writes twice has a cause: the process died, or was assigned anew, between the two, or the
 * first had no answer. One that is sent again after it was acknowledged, in the same assignment, has none; nor has a copy
 * that nobody sent, save where the network delivered a request twice. What is explained is counted as evaluated: at-least-once allows it.
 */
export const duplicate: Invariant = {
  name: 'duplicate',
  promise: 'Every message that was written twice has a cause: a crash, a rebalance, a lost acknowledgement.',
  watch(state, judge) {
    /** By member: what was acknowledged to it since its last assignment, and by which Reject it was sent, where it is a dead letter. */
    const acknowledged = new Map<string, Map<string, Holding | null>>();
    const sentFor = new Map<string, Holding | null>();
    const rejectOf = (message: string): Holding | null => state.recordNamed(message)?.awaitsLetter ?? null;
    /** For which Reject a member's last letter of that name was acknowledged, whatever it was assigned since. */
    const answered = new Map<string, Holding | null>();
    /** Letters that a member still owed when it was assigned the partition anew: each may go out late, beside one of the next Reject. */
    const owed = new Map<string, number>();
    const owe = ({ member, topic, partition }: EventOf<'client-assigned'>): void => {
      const target = state.promises.of(topic).deadLetterTopic;
      if (target === null) return;
      for (const { offset, awaitsLetter } of state.partition({ topic, partition }).records) {
        if (awaitsLetter?.member !== member) continue;
        const key = `${member} ${target} ${topic}/${partition}/${offset}`;
        if (answered.get(key) !== awaitsLetter) owed.set(key, (owed.get(key) ?? 0) + 1);
      }
    };
    const goesOutLate = (key: string): boolean => {
      const left = owed.get(key) ?? 0;
      if (left > 0) owed.set(key, left - 1);
      return left > 0;
    };
    const sends = new Map<string, number>();
    /** What is about a record of a log that was replaced may be about two: offsets were given a second time. */
    const replaced = new Set<string>();
    const isUnknown = (message: string): boolean => replaced.has(message.slice(0, Math.max(0, message.lastIndexOf('/'))));
    /** Requests that the network delivered twice; whose they were is not known. */
    let doubled = 0;
    return watching(['client-assigned', 'member-crashed', 'client-produce-sent', 'client-produce-settled', 'fault', 'log-replaced'], {
      see(event) {
        switch (event.kind) {
          case 'fault':
            if (event.phase === 'felt' && event.fault.kind === 'produce-duplicated') doubled += 1;
            return;
          case 'log-replaced':
            replaced.add(`${event.topic}/${event.partition}`);
            return;
          case 'client-assigned':
            owe(event);
            acknowledged.delete(event.member);
            return;
          case 'member-crashed':
            acknowledged.delete(event.member);
            return;
          case 'client-produce-settled': {
            if (event.outcome !== 'acknowledged') return;
            let known = acknowledged.get(event.member);
            if (known === undefined) acknowledged.set(event.member, (known = new Map<string, Holding | null>()));
            for (const message of event.messages) {
              const name = `${event.topic} ${message}`;
              if (message === null) continue;
              known.set(name, sentFor.get(name) ?? null);
              answered.set(`${event.member} ${name}`, sentFor.get(name) ?? null);
            }
            return;
          }
          case 'client-produce-sent':
            for (const message of event.messages) {
              if (message === null) continue;
              const name = `${event.topic} ${message}`;
              sends.set(name, (sends.get(name) ?? 0) + 1);
              const reject = rejectOf(message);
              const earlier = acknowledged.get(event.member);
              const isAgain = earlier?.has(name) === true;
              // A letter of an assignment that was over may go out late; the next one rejects the record for itself.
              const isExplained = isAgain && reject !== null && reject !== earlier.get(name);
              sentFor.set(name, reject);
              // Plainly a late one: its record was not rejected again so far.
              const isLate = reject?.active === false && goesOutLate(`${event.member} ${name}`);
              if (isUnknown(message) || !isAgain || isExplained || isLate || goesOutLate(`${event.member} ${name}`)) continue;
              judge.evaluated();
              judge.violated({
                where: event,
                offsets: [],
                members: [event.member],
                at: event.at,
                message:
                  `${partitionName(event)}: ${event.member} wrote ${message} again, although it had been acknowledged in the same assignment. ` +
                  'No crash, rebalance or lost acknowledgement explains it: readers act on it twice.',
              });
            }
            return;
          default:
            return;
        }
      },
      end() {
        const copies = new Map<string, number>();
        for (const { topic, partition, messages } of state.history.written ?? []) {
          for (const { offset, message } of messages) {
            if (message === null) continue;
            const name = `${topic} ${message}`;
            const count = (copies.get(name) ?? 0) + 1;
            copies.set(name, count);
            if (count === 1 || isUnknown(message)) continue;
            judge.evaluated();
            if (count <= (sends.get(name) ?? 0) + doubled) continue;
            judge.violated({
              where: { topic, partition },
              offsets: [offset],
              members: [],
              at: state.lastAt,
              message: `${partitionName({ topic, partition })}: ${message} stands there ${count} times, but was sent ${sends.get(name) ?? 0} times. Readers act on it twice.`,
            });
          }
        }
      },
    });
  },
};
