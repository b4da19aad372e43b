import { withReusedSequence } from '../hazards/reused-sequence.ts';
import { deadLetters } from '../model/dead-letters.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import type { Plan, PlanOp } from '../../../testing/scenario/plan.ts';
import { DEAD_LETTERS, exhibit } from '../zoo-scenario.ts';
import { ofTheMembers } from './21-letter-lost.ts';

function rejected(op: PlanOp): PlanOp {
  return op.op === 'produce' ? { ...op, script: { ...op.script, verdict: 'reject' } } : op;
}

export const reusedSequence: ZooEntry = exhibit({
  id: 32,
  name: 'a reused sequence: acknowledged, never written',
  seenIn: 'kafkajs 2.2.4 idempotent: true, on Kafka 4.2.1',
  invariant: 'lost-write',
  broken: modelSubject({
    name: 'keeps an idempotent producer after an answer was lost',
    rejects: deadLetters({ discardsProducer: false }),
  }),
  mended: modelSubject({ name: 'makes a new producer after an answer was lost', rejects: deadLetters() }),
  hazard: (transport) => withReusedSequence(transport),
  tries: 'one member writes dead letters of several partitions, answers are lost',
  trouble: 'steady',
  shape: { faults: ['produce-reply-lost'] },
  adapt: (plan: Plan) => ofTheMembers({ ...plan, ops: plan.ops.map(rejected) }),
  deadLetters: DEAD_LETTERS,
  caughtWithin: 200,
  onKafka: false,
});
