import { blockHeartbeats, withInlineHeartbeats } from '../hazards/inline-heartbeats.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import type { PlanOp } from '../../../testing/scenario/plan.ts';
import { exhibit } from '../zoo-scenario.ts';

const LONGER_THAN_A_SESSION_MS = 15_000;
const LONGEST_MS = 3_000;

function slower(op: PlanOp): PlanOp {
  if (op.op !== 'produce' || (op.script?.slowMs ?? 0) < LONGEST_MS) return op;
  return { ...op, script: { ...op.script, slowMs: LONGER_THAN_A_SESSION_MS } };
}

export const blockedHeartbeats: ZooEntry = exhibit({
  id: 19,
  name: 'a slow handler or a retry blocks heartbeats, session lost, redelivery loop',
  seenIn: 'kafkajs #1396, #1083, #1647',
  invariant: 'stuck',
  broken: modelSubject({
    name: 'handles records where its client would beat its heart',
    habits: (member) => ({ occupied: (busy) => blockHeartbeats(member.clock, busy) }),
  }),
  mended: modelSubject({ name: 'handles records beside the client' }),
  hazard: (transport, member) => withInlineHeartbeats(transport, member.clock),
  tries: 'one member, calls that take longer than a session',
  trouble: 'steady',
  adapt: (plan) => ({ ...plan, ops: plan.ops.map(slower) }),
  caughtWithin: 50,
  onKafka: false,
});
