import { PLAN_VERSION, type Plan, type PlanHandler, type PlanOp, type RecordScript } from '../../testing/scenario/plan.ts';

/** The scope, in words. */
export const SMALL_SCOPE =
  'two members, two partitions, four records; the second member joins anywhere among them, and either member leaves or crashes after any operation, or crashes at any event';

interface SmallOptionSet {
  /** For a person. */
  readonly words: string;
  readonly handler?: PlanHandler;
  /** What somebody does when the records are handled, while crashes still happen. */
  readonly afterwards?: readonly PlanOp[];
}

const LETTERS = { deadLetter: { partitions: 1 } } as const;

/** What the handler of the scope may have besides, by a name for the command line. */
export const SMALL_OPTIONS = {
  none: { words: 'a handler without options' },
  letters: { words: 'dead letters, two attempts', handler: { ...LETTERS, retry: { maxAttempts: 2 } } },
  lanes: { words: 'no order, two calls at once, dead letters', handler: { ...LETTERS, ordering: 'unordered', concurrency: 2 } },
  keys: {
    words: 'order by key, one attempt, after which somebody sends the record to the dead letters',
    handler: { ...LETTERS, ordering: 'key', concurrency: 2, retry: { maxAttempts: 1, onExhausted: 'halt' } },
    afterwards: [{ op: 'wait', ms: 450 }, { op: 'decide' }],
  },
  batches: { words: 'batches of two, dead letters', handler: { ...LETTERS, batch: { maxRecords: 2, lingerMs: 10 } } },
} as const satisfies Readonly<Record<string, SmallOptionSet>>;
export type SmallOptions = keyof typeof SMALL_OPTIONS;

export const SMALL_OPTION_NAMES = Object.keys(SMALL_OPTIONS) as readonly SmallOptions[];

const TOPIC = 'orders';

/** One of each: done at once, skipped, rejected, failed and slow. */
const SCRIPTS: readonly RecordScript[] = [{ skips: 1 }, {}, { verdict: 'reject' }, { failures: 1, slowMs: 20 }];

const MEMBERS = ['a', 'b'] as const;

/** All is done by then, whatever the choices are. */
const MAX_EVENTS = 150;

const ENDINGS: readonly (PlanOp | null)[] = [
  null,
  { op: 'crash', member: 'a' },
  { op: 'crash', member: 'b' },
  { op: 'leave', member: 'a' },
  { op: 'leave', member: 'b' },
];

/** Every plan of the scope: where the second member joins, and what happens to whom, when. */
export function smallPlans(scenario: string, options: SmallOptions = 'none'): readonly Plan[] {
  const { handler, afterwards = [] }: SmallOptionSet = SMALL_OPTIONS[options];
  const isHalting = handler?.retry?.onExhausted === 'halt';
  const scripts = SCRIPTS.map(
    (script) => (isHalting && script.failures !== undefined ? { ...script, whenHalted: 'dead-letter' } : script) as RecordScript,
  );
  const records = scripts.map((script, index): PlanOp => ({
    op: 'produce',
    topic: TOPIC,
    partition: index % 2,
    key: null,
    value: String(index),
    ...(Object.keys(script).length > 0 ? { script } : {}),
  }));
  const plans: Plan[] = [];
  const add = (ops: readonly PlanOp[], faults: Plan['faults'] = []): void =>
    void plans.push(planOf(scenario, [...ops, ...afterwards], faults, handler));
  for (let joinAt = 0; joinAt <= records.length; joinAt += 1) {
    const joined = records.toSpliced(joinAt, 0, { op: 'join', member: 'b' });
    for (const ending of ENDINGS) {
      if (ending === null) add(joined);
      else for (let at = joinAt + 1; at <= joined.length; at += 1) add(joined.toSpliced(at, 0, ending));
    }
    for (const member of MEMBERS) {
      for (let afterEvents = 0; afterEvents < MAX_EVENTS; afterEvents += 1)
        add(joined, [{ afterOps: 0, fault: { kind: 'member-crashed', member, afterEvents } }]);
    }
  }
  return plans;
}

function planOf(scenario: string, ops: readonly PlanOp[], faults: Plan['faults'], handler: PlanHandler | undefined): Plan {
  const topic = { name: TOPIC, partitions: 2, ...(handler === undefined ? {} : { handler }) };
  return {
    version: PLAN_VERSION,
    scenario,
    config: { seed: 1, brokers: 2, topics: [topic], offsetReset: 'earliest', sessionTimeoutMs: 6_000 },
    ops: [{ op: 'join', member: 'a' }, ...ops],
    faults,
    choices: [],
  };
}
