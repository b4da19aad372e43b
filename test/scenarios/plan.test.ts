import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../testing/scenario/parse-plan.ts';
import { PLAN_VERSION, planSteps, type Plan } from '../../testing/scenario/plan.ts';

const plan: Plan = {
  version: PLAN_VERSION,
  scenario: 'steady',
  config: { seed: 1, brokers: 2, topics: [{ name: 'orders', partitions: 2 }], offsetReset: 'earliest', sessionTimeoutMs: 6000 },
  ops: [
    { op: 'join', member: 'a' },
    {
      op: 'produce',
      topic: 'orders',
      partition: 1,
      key: 'k',
      value: 'v',
      script: { skips: 2, retryAfterMs: 300, whenHalted: 'dead-letter', verdict: 'reject' },
    },
    { op: 'produce', topic: 'orders', partition: 0, key: null, value: null },
    { op: 'produce', topic: 'orders', partition: 0, key: null, value: { base64: 'AAE=' } },
    { op: 'wait', ms: 10 },
    { op: 'pause', member: 'a', topic: 'orders' },
    { op: 'resume', member: 'a', topic: 'orders', partition: 1 },
    { op: 'decide' },
    { op: 'crash', member: 'a' },
    { op: 'leave', member: 'b' },
  ],
  faults: [{ afterOps: 3, fault: { kind: 'commit-refused', code: 'ILLEGAL_GENERATION', times: 2, topic: 'orders', partition: 0 } }],
  choices: [0, 3, 0],
};

describe('parsePlan', () => {
  it('takes a plan as it was saved', () => {
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('reads a plan of version 1 as one without options, whose commits carried no ledger', () => {
    const { process: _, ...config } = plan.config;
    const old = { ...plan, version: 1, config };
    expect(parsePlan(JSON.parse(JSON.stringify(old)))).toEqual({ ...plan, config: { ...config, process: { durableLedger: false } } });
    expect(() => parsePlan({ version: 1, ops: 3 })).toThrow(/is not a valid plan/);
  });

  it('reads a plan of version 2 as it stands', () => {
    expect(parsePlan({ ...JSON.parse(JSON.stringify(plan)), version: 2 })).toEqual(plan);
  });

  it('takes options of handlers and processes, and faults of their dead letters', () => {
    const handler = {
      ordering: 'key',
      concurrency: 2,
      rateLimit: { recordsPerSecond: 0.5, burst: 1 },
      batch: { maxRecords: 3, lingerMs: 10 },
      retry: { maxAttempts: 2, maxSkips: 0, onExhausted: 'halt' },
      deadLetter: { partitions: 1 },
      deadlineMs: 300,
      hungAfterMs: 100,
      onHung: 'overlap',
    } as const;
    const withOptions: Plan = {
      ...plan,
      config: {
        ...plan.config,
        topics: [{ name: 'orders', partitions: 2, handler }],
        process: { concurrency: 1, openWindow: 3, durableLedger: false },
        offsetMetadataMaxBytes: 10,
      },
      faults: [{ afterOps: 1, fault: { kind: 'produce-refused', code: 'MESSAGE_TOO_LARGE', topic: 'orders.dead' } }],
    };
    expect(parsePlan(JSON.parse(JSON.stringify(withOptions)))).toEqual(withOptions);
    const nowhere = { ...withOptions, config: { ...withOptions.config, topics: plan.config.topics } };
    expect(() => parsePlan(nowhere)).toThrow(/"orders\.dead" is not one of config\.topics/);
  });

  it.each<[what: string, path: string, value: unknown, message: RegExp]>([
    ['another version', 'version', 4, /version 4, and this release plays version 3/],
    ['one broker', 'config.brokers', 1, /config\.brokers: expected 2 or more/],
    ['an unknown operation', 'ops.0.op', 'jump', /ops\.0\.op/],
    ['an unknown field', 'ops.0.when', 3, /ops\.0\.when/],
    ['a negative wait', 'ops.4.ms', -1, /ops\.4\.ms: expected 0 or more/],
    ['an unknown topic', 'ops.1.topic', 'payments', /ops\.1\.topic: "payments" is not one of config\.topics \(orders\)/],
    ['an unknown partition', 'ops.1.partition', 2, /ops\.1\.partition: orders has partitions 0 to 1, given 2/],
    ['a pause of an unknown topic', 'ops.5.topic', 'payments', /ops\.5\.topic: "payments" is not one of config\.topics \(orders\)/],
    ['a resume of an unknown partition', 'ops.6.partition', 2, /ops\.6\.partition: orders has partitions 0 to 1, given 2/],
    ['an unknown decision', 'ops.1.script.whenHalted', 'forget', /ops\.1\.script\.whenHalted/],
    ['an unknown fault', 'faults.0.fault.kind', 'meteor', /faults\.0\.fault\.kind/],
    ['a fault on an unknown topic', 'faults.0.fault.topic', 'x', /faults\.0\.fault\.topic/],
    ['half a choice', 'choices.0', 0.5, /choices\.0/],
    ['a topic twice', 'config.topics.1', { name: 'orders', partitions: 1 }, /each name may stand there once/],
  ])('refuses %s, and says where', (_what, path, value, message) => {
    const draft = spoiled(path, value);
    expect(() => parsePlan(draft, 'failure.json')).toThrow(
      expect.objectContaining({ code: 'SCENARIO_INVALID', message: expect.stringMatching(message) }),
    );
    expect(() => parsePlan(draft, 'failure.json')).toThrow(/^failure\.json/);
  });

  it('refuses what is no plan at all', () => {
    for (const nothing of [null, undefined, 3, 'plan', []]) expect(() => parsePlan(nothing)).toThrow(/is not a valid plan/);
  });
});

describe('planSteps', () => {
  it('counts operations, faults and choices that are not 0', () => {
    expect(planSteps(plan)).toBe(10 + 1 + 1);
  });
});

/** A copy of the plan with something else at `path`. */
function spoiled(path: string, value: unknown): unknown {
  const draft = JSON.parse(JSON.stringify(plan)) as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce((inner, step) => inner[step] as Record<string, unknown>, draft);
  holder[last] = value;
  return draft;
}
