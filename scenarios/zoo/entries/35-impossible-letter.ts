import { deadLetters } from '../model/dead-letters.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import type { PlanOp } from '../../../testing/scenario/plan.ts';
import { DEAD_LETTERS, exhibit } from '../zoo-scenario.ts';

/** Room for the letter of a short text, and for a pointer. */
const MAX_MESSAGE_BYTES = 400;

/** Some texts are longer than the dead-letter topic takes, and end there. */
function larger(op: PlanOp): PlanOp {
  if (op.op !== 'produce' || typeof op.value !== 'string' || op.value.length < 5) return op;
  return { ...op, value: op.value.repeat(100), script: { ...op.script, verdict: 'reject' } };
}

export const impossibleLetter: ZooEntry = exhibit({
  id: 35,
  name: 'dead letter that can never be produced (null header, too large): the lane sticks, or the record is lost',
  seenIn: 'kafkajs 2.2.4, on Kafka 4.2.1',
  invariant: 'stuck',
  broken: modelSubject({ name: 'tries a dead letter again for ever', rejects: deadLetters({ afterFailure: () => 'again' }) }),
  mended: modelSubject({ name: 'writes a pointer to the record instead', rejects: deadLetters() }),
  tries: 'one member, some records are larger than the dead-letter topic takes',
  trouble: 'steady',
  adapt: (plan) => ({ ...plan, ops: plan.ops.map(larger) }),
  deadLetters: { ...DEAD_LETTERS, configs: { 'max.message.bytes': String(MAX_MESSAGE_BYTES) } },
  caughtWithin: 50,
  onKafka: true,
});
