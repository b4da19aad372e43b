import type { KafkaRecord } from '../../../src/record.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit, TOPIC } from '../zoo-scenario.ts';
import type { PlanOp } from '../../../testing/scenario/plan.ts';

/** No UTF-8. */
const POISON = { base64: '/w==' };

function decodes(record: KafkaRecord): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(record.value ?? new Uint8Array());
    return true;
  } catch {
    return false;
  }
}

/** What has a long text comes as bytes that nobody can read, and its handler rejects it. */
function poisoned(op: PlanOp): PlanOp {
  if (op.op !== 'produce' || typeof op.value !== 'string' || op.value.length < 5) return op;
  return { ...op, value: POISON, script: { ...op.script, verdict: 'reject' } };
}

export const poisonRecord: ZooEntry = exhibit({
  id: 18,
  name: 'poison record or decode error loops for ever',
  seenIn: 'spring-kafka #1287, vertx-kafka-client #220',
  invariant: 'stuck',
  broken: modelSubject({
    name: 'decodes in front of the handler, and takes up again what it cannot decode',
    ordering: 'partition',
    habits: { decodes },
  }),
  mended: modelSubject({ name: 'leaves decoding to the handler, which rejects', ordering: 'partition' }),
  tries: `one member, some records of ${TOPIC} cannot be decoded`,
  trouble: 'steady',
  adapt: (plan) => ({ ...plan, ops: plan.ops.map(poisoned) }),
  caughtWithin: 50,
  onKafka: true,
});
