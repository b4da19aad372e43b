import { deadLetters } from '../model/dead-letters.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import type { Plan } from '../../../testing/scenario/plan.ts';
import { DEAD_LETTERS, exhibit } from '../zoo-scenario.ts';

/** Faults of producing meet the members' letters, not the records of the plan. */
export function ofTheMembers(plan: Plan): Plan {
  return { ...plan, faults: plan.faults.map((planned) => ({ ...planned, fault: { ...planned.fault, member: 'a' } })) };
}

export const letterLost: ZooEntry = exhibit({
  id: 21,
  name: 'dead-letter publish fails and the record is committed: lost',
  seenIn: 'moleculer-channels (publish error swallowed), knative eventing-kafka-broker PR #597',
  invariant: 'lost-reject',
  broken: modelSubject({ name: 'swallows the error of the dead letter', rejects: deadLetters({ afterFailure: () => 'written' }) }),
  mended: modelSubject({ name: 'keeps the record open until its letter is acknowledged', rejects: deadLetters() }),
  tries: 'one member, dead letters are refused',
  trouble: 'steady',
  shape: { faults: ['produce-refused'] },
  adapt: ofTheMembers,
  deadLetters: DEAD_LETTERS,
  caughtWithin: 100,
  onKafka: true,
});
