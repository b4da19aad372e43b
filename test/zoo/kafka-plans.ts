/**
 * The shrunk plans of the zoo's entries for real Kafka: as they come out of memory, with the waits that real time takes (a
 * member joins in about a second there) and, where memory hits an instant, a script that lasts long enough to be hit.
 */
import { PLAN_VERSION, type Plan, type PlanOp, type RecordScript } from '../../testing/scenario/plan.ts';

const SESSION_TIMEOUT_MS = 1_500;
/** Until a member that joins is assigned. */
const JOINED: PlanOp = { op: 'wait', ms: 1_500 };

const join = (member: string): PlanOp => ({ op: 'join', member });
const leave = (member: string): PlanOp => ({ op: 'leave', member });
const wait = (ms: number): PlanOp => ({ op: 'wait', ms });
const produce = (script: RecordScript = {}, partition = 0): PlanOp => ({
  op: 'produce',
  topic: 'orders',
  partition,
  key: null,
  value: 'x',
  script,
});

interface KafkaPlan {
  readonly ops: readonly PlanOp[];
  readonly partitions?: number;
  readonly faults?: Plan['faults'];
  readonly latest?: boolean;
}

/** Two partitions with the same records, so that whoever keeps one of them is met; the first call is slow. */
const heldByTwo = (records: number): readonly PlanOp[] =>
  [0, 1].flatMap((partition) => Array.from({ length: records }, (_, index) => produce(index === 0 ? { slowMs: 2_500 } : {}, partition)));
/** Skipped for about three seconds by a consumer that waits 50 ms in between. */
const SKIPPED: RecordScript = { skips: 60 };

const PLANS: Readonly<Record<number, KafkaPlan>> = {
  0: { ops: [produce({ skips: 1 }), produce()] },
  1: { ops: [produce({ failures: 1 }), produce()] },
  2: { ops: [produce({ failures: 1 })] },
  3: { ops: [produce({ slowMs: 500 })] },
  4: { ops: [produce({ slowMs: 1_500 })] },
  5: { ops: [produce()] },
  6: { ops: [produce({}, 1), produce({}, 0)], partitions: 2 },
  7: {
    ops: [join('a'), JOINED, produce(), produce({ slowMs: 300 }), wait(2_500)],
    faults: [{ afterOps: 2, fault: { kind: 'commit-reply-lost', times: 1 } }],
  },
  8: { ops: [join('a'), JOINED, produce({ slowMs: 1_500 }), produce(), wait(300), join('b')] },
  10: { ops: [join('a'), JOINED, ...heldByTwo(4), wait(500), join('b'), wait(6_000), produce({}, 0), produce({}, 1)], partitions: 2 },
  11: { ops: [join('a'), JOINED, ...heldByTwo(2), wait(500), join('b'), wait(3_000), produce({}, 0), produce({}, 1)], partitions: 2 },
  13: { ops: [join('a'), JOINED, ...heldByTwo(6), wait(500), join('b'), wait(3_000)], partitions: 2 },
  14: { ops: [join('a'), JOINED, produce(SKIPPED), produce(), wait(300), join('b')] },
  15: { ops: [produce()], latest: true },
  18: { ops: [{ op: 'produce', topic: 'orders', partition: 0, key: null, value: { base64: '/w==' }, script: { verdict: 'reject' } }] },
  20: {
    ops: [join('a'), JOINED, produce({ verdict: 'reject' })],
    faults: [{ afterOps: 2, fault: { kind: 'commit-refused', code: 'UNKNOWN_TOPIC_OR_PARTITION', times: 1 } }],
  },
  21: {
    ops: [join('a'), JOINED, produce({ verdict: 'reject' })],
    faults: [{ afterOps: 2, fault: { kind: 'produce-refused', code: 'NOT_ENOUGH_REPLICAS', times: 1, member: 'a' } }],
  },
  22: { ops: [join('a'), JOINED, produce(SKIPPED), produce(), wait(500), leave('a')] },
  23: { ops: [{ op: 'produce', topic: 'orders', partition: 0, key: null, value: null }] },
  24: { ops: [produce()] },
  28: {
    ops: [join('a'), JOINED, produce()],
    faults: [{ afterOps: 2, fault: { kind: 'commit-refused', code: 'UNKNOWN_TOPIC_OR_PARTITION', times: 1 } }],
  },
  31: { ops: [join('a'), JOINED, produce({ slowMs: 800 }), wait(300), leave('a')] },
  35: { ops: [{ op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x'.repeat(1_000), script: { verdict: 'reject' } }] },
  36: { ops: [produce({ skips: 3 })] },
  37: { ops: [produce({ slowMs: 300 })] },
};

/** The plan of an entry on real Kafka; null when there is none. */
export function kafkaPlan(id: number): Plan | null {
  const plan = PLANS[id];
  if (plan === undefined) return null;
  return {
    version: PLAN_VERSION,
    scenario: `zoo-${id}`,
    config: {
      seed: 1,
      brokers: 2,
      topics: [{ name: 'orders', partitions: plan.partitions ?? 1 }],
      offsetReset: plan.latest === true ? 'latest' : 'earliest',
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    },
    ops: plan.ops,
    faults: plan.faults ?? [],
    choices: [],
  };
}
