import { NOTHING, watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/**
 * A Reject that was committed has its dead letter: it stands in the dead-letter topic at the end, as an independent client
 * reads it. Judged where the subject promised one, for each record below the committed offset whose last answer was Reject.
 */
export const lostReject: Invariant = {
  name: 'lost-reject',
  promise: 'Every rejected record that was committed stood in the dead-letter topic.',
  watch(state, judge) {
    const { settings, written = [] } = state.history;
    const promised = [settings.deadLetterTopic, ...(settings.handlers ?? []).map(({ deadLetterTopic }) => deadLetterTopic)];
    if (promised.every((topic) => topic === null || topic === undefined)) return NOTHING;
    return watching([], {
      end() {
        const letters = new Set(written.flatMap(({ topic, messages }) => messages.map(({ message }) => `${topic} ${message}`)));
        for (const partition of state.partitions) {
          const target = state.promises.of(partition.topic).deadLetterTopic;
          if (target === null) continue;
          for (const record of partition.records) {
            if (record.offset >= (partition.committed ?? 0)) break;
            // What retention took before its letter was written is lost by retention.
            if (record.lastOutcome !== 'reject' || (record.removed && !record.terminal)) continue;
            judge.evaluated();
            if (letters.has(`${target} ${partition.topic}/${partition.partition}/${record.offset}`)) continue;
            judge.violated({
              where: partition,
              offsets: [record.offset],
              members: record.terminalMember === null ? [] : [record.terminalMember],
              at: state.lastAt,
              message:
                `${partitionName(partition)}: record ${record.offset} was rejected and committed (the group stands at ${partition.committed}), but ${target} does not have it. ` +
                'Whoever looks for it later finds nothing: it is lost.',
            });
          }
        }
      },
    });
  },
};
