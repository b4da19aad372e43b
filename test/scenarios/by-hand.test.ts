/** What somebody does by hand in a plan, as it is played. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitSemantics, shapeOf, TROUBLES, type Trouble } from '../../scenarios/commit-semantics.ts';
import { planArbitrary } from '../../scenarios/generate/plan-arbitrary.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import type { PlanResult } from '../../scenarios/run-plan.ts';
import { playPlan } from '../../scenarios/play-plan.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import type { HistoryEvent } from '../../testing/checker/history.ts';
import { describePlan } from '../../testing/report/describe-plan.ts';
import { planSteps } from '../../testing/report/model/plan-steps.ts';
import { parsePlan } from '../../testing/scenario/parse-plan.ts';
import { PLAN_VERSION, type Plan, type PlanHandler, type PlanOp, type RecordScript } from '../../testing/scenario/plan.ts';

const everything = TROUBLES.find(({ name }) => name === 'everything') as Trouble;
const steady = commitSemantics.find(({ name }) => name === 'steady') ?? expect.fail('no such scenario');

const JOIN: PlanOp = { op: 'join', member: 'a' };
const LONG: PlanOp = { op: 'wait', ms: 5_000 };
const pause = (partition?: number): PlanOp => ({
  op: 'pause',
  member: 'a',
  topic: 'orders',
  ...(partition === undefined ? {} : { partition }),
});
const resume = (partition?: number): PlanOp => ({ ...pause(partition), op: 'resume' }) as PlanOp;

function produce(partition: number, script?: RecordScript): PlanOp {
  return { op: 'produce', topic: 'orders', partition, key: null, value: 'v', ...(script === undefined ? {} : { script }) };
}

function planOf(ops: readonly PlanOp[], handler?: PlanHandler): Plan {
  const topic = { name: 'orders', partitions: 2, ...(handler === undefined ? {} : { handler }) };
  const config = { seed: 1, brokers: 2, topics: [topic], offsetReset: 'earliest', sessionTimeoutMs: 6_000 } as const;
  return { version: PLAN_VERSION, scenario: 'steady', config, ops, faults: [], choices: [] };
}

describe('a log that an unclean leader writes over while its partition is paused by hand', () => {
  it('is not read on behind the new records: the partition is halted', async () => {
    const ops = [JOIN, ...Array.from({ length: 6 }, () => produce(0)), LONG, pause(), LONG];
    const plan: Plan = {
      ...planOf([...ops, ...Array.from({ length: 6 }, () => produce(0)), resume(), LONG]),
      faults: [{ afterOps: ops.length, fault: { kind: 'unclean-leader', topic: 'orders', partition: 0, records: 3 } }],
    };
    const { history, verdict } = await playPlan(steady, plan, memoryPlace);
    expect(verdict.violations).toEqual([]);
    const halts = history.events.flatMap((event) =>
      event.kind === 'observed' && event.observation.kind === 'halted' ? [event.observation.error.message] : [],
    );
    expect(halts).toEqual([expect.stringContaining('orders/0: its records from offset 3 to 5 were written over')]);
    const handed = history.events.filter((event) => event.kind === 'call-started');
    expect(handed).toHaveLength(6);
  });
});

/** What happened in this order, of the kinds that matter here. */
function story({ history }: PlanResult): readonly string[] {
  return history.events.flatMap((event) => tell(event) ?? []);
}

function tell(event: HistoryEvent): string | null {
  switch (event.kind) {
    case 'call-started':
      return `call ${event.partition}/${event.offset}`;
    case 'calm':
      return 'calm';
    case 'paused-by-hand':
    case 'resumed-by-hand':
      return `${event.kind.replace('-by-hand', '')} ${event.member} ${event.selection.partition ?? 'all'}`;
    case 'observed': {
      const { observation } = event;
      if (observation.kind === 'lane-resumed') return `lane resumed by ${observation.by}`;
      return observation.kind === 'action' && observation.action === 'reject' ? `reject ${observation.reason}` : null;
    }
    default:
      return null;
  }
}

async function played(ops: readonly PlanOp[], handler?: PlanHandler): Promise<readonly string[]> {
  const result = await playPlan(steady, planOf(ops, handler), memoryPlace);
  expect(result.verdict.violations).toEqual([]);
  return story(result);
}

describe('a pause', () => {
  it('of one partition keeps its records until it is resumed', async () => {
    expect(await played([JOIN, LONG, pause(0), produce(0), produce(1), LONG, resume(0), LONG])).toEqual([
      'paused a#1 0',
      'call 1/0',
      'resumed a#1 0',
      'call 0/0',
      'calm',
      'resumed a#1 all',
    ]);
  });

  it('of a topic ends when the faults have stopped, or nothing would get done', async () => {
    expect(await played([JOIN, LONG, pause(), produce(0), produce(1), LONG])).toEqual([
      'paused a#1 all',
      'calm',
      'resumed a#1 all',
      expect.stringMatching(/^call/),
      expect.stringMatching(/^call/),
    ]);
  });

  it('holds back a record that is to be tried again, and outlasts a rebalance', async () => {
    const others: readonly PlanOp[] = [{ op: 'join', member: 'b' }, LONG, { op: 'leave', member: 'b' }, LONG];
    const failed: readonly PlanOp[] = [JOIN, LONG, produce(0, { failures: 1 }), { op: 'wait', ms: 10 }];
    expect((await played([...failed, LONG])).slice(0, 3)).toEqual(['call 0/0', 'call 0/0', 'calm']);
    expect(await played([...failed, pause(), LONG])).toEqual(['call 0/0', 'paused a#1 all', 'calm', 'resumed a#1 all', 'call 0/0']);
    // Whoever holds it meanwhile is not paused; the record is of the partition that comes back.
    const told = await played([JOIN, LONG, pause(), ...others, produce(0), produce(1), LONG]);
    expect(told.slice(0, 3)).toEqual(['paused a#1 all', 'calm', 'resumed a#1 all']);
  });

  it('dies with its process, and does nothing to one that is not up or only starts', async () => {
    expect(await played([pause(), JOIN, pause(), LONG, { op: 'crash', member: 'a' }, pause(), JOIN, LONG, produce(0), LONG])).toEqual([
      'call 0/0',
      'calm',
    ]);
  });

  it('is nothing to a subject that cannot be paused', async () => {
    const { scenario } = bugZoo[0] ?? expect.fail('an empty zoo');
    const result = await playPlan(scenario, { ...planOf([JOIN, LONG, pause(), produce(0), LONG]), scenario: scenario.name }, memoryPlace);
    expect(story(result)).toContain('call 0/0');
    expect(result.history.events.filter(({ kind }) => kind === 'paused-by-hand')).toEqual([]);
  });
});

describe('a decision on a halted lane', () => {
  const halts = { retry: { maxAttempts: 1, onExhausted: 'halt' } } as const;
  const letters = { ...halts, deadLetter: { partitions: 1 } } as const;

  it('sends the record to the dead letters where its script says so, as soon as somebody decides', async () => {
    const ops = [JOIN, LONG, produce(0, { failures: 1, whenHalted: 'dead-letter' }), LONG];
    const sent = ['call 0/0', 'lane resumed by dead-letter', 'reject sent-by-hand'];
    expect(await played([...ops, { op: 'decide' }, LONG], letters)).toEqual([...sent, 'calm']);
    expect(await played(ops, letters)).toEqual(['call 0/0', 'calm', ...sent.slice(1)]);
  });

  it('lets a lane go on beside a call that hangs only where that is wanted', async () => {
    const hanging = { deadlineMs: 300, hungAfterMs: 100 } as const;
    const ops: readonly PlanOp[] = [JOIN, LONG, produce(0, { slowMs: 1_500 }), { op: 'wait', ms: 600 }];
    expect((await played([...ops, { op: 'decide', besideCalls: true }, LONG], hanging)).slice(0, 3)).toEqual([
      'call 0/0',
      'lane resumed by retry',
      'call 0/0',
    ]);
    expect((await played([...ops, { op: 'decide' }, LONG], hanging)).slice(0, 2)).toEqual(['call 0/0', 'lane resumed by settled']);
  });

  it('is another try without that, and where there are no dead letters', async () => {
    const again = ['call 0/0', 'calm', 'lane resumed by retry', 'call 0/0'];
    expect(await played([JOIN, LONG, produce(0, { failures: 1 }), LONG], letters)).toEqual(again);
    expect(await played([JOIN, LONG, produce(0, { failures: 1, whenHalted: 'dead-letter' }), LONG], halts)).toEqual(again);
  });
});

describe('plans with something done by hand', () => {
  const place = { time: 'virtual', faultKinds: memoryPlace.faultKinds, minSessionTimeoutMs: 0 } as const;
  const rest = { scenario: 's', topics: ['orders', 'payments'], messages: {}, tombstones: true, rejects: true, options: true } as const;
  const plans = (byHand: boolean): readonly Plan[] =>
    fc.sample(planArbitrary(fc, shapeOf(everything, place, { ...rest, byHand })), { seed: 5, numRuns: 400 });

  it('are what they were besides: it is drawn last', () => {
    const calm = plans(false);
    const busy = plans(true);
    const done = busy.flatMap(({ ops }) => ops).filter(({ op }) => op === 'pause' || op === 'resume' || op === 'decide');
    expect(new Set(done.map(({ op }) => op))).toEqual(new Set(['pause', 'resume', 'decide']));
    expect(JSON.stringify(busy)).toContain('"whenHalted":"dead-letter"');
    expect(busy.map(withoutHands)).toEqual(calm.map(withoutHands));
  });

  it('say in words what their Skips ask for', () => {
    const written = plans(true).filter((plan) => JSON.stringify(plan).includes('"retryAfterMs":8000'));
    const [plan] = written as [Plan];
    const asides = planSteps(plan).steps.map(({ aside }) => aside ?? '');
    expect(asides.filter((aside) => /is skipped .* and asks to come again after 8 s/.test(aside))).not.toEqual([]);
    expect(describePlan(plan).filter((line) => /\(skipped .*, to come again after 8.0 s/.test(line))).not.toEqual([]);
  });

  it('are valid, and say in words what is done', () => {
    const words = plans(true).flatMap((plan) => {
      expect(parsePlan(plan)).toEqual(plan);
      return [...describePlan(plan), ...planSteps(plan).steps.map(({ words: each }) => each)];
    });
    for (const line of [/Member a pauses orders-\d by hand/, /Member a resumes payments by hand/, /Somebody decides on every halted lane/])
      expect(words.filter((each) => line.test(each)).length).toBeGreaterThan(1);
    expect(words.join()).toContain('sent to the dead letters by hand where its lane halts');
  });
});

function withoutHands(plan: Plan): Plan {
  const ops = plan.ops.filter(({ op }) => op !== 'pause' && op !== 'resume' && op !== 'decide');
  return { ...plan, ops: ops.map((op) => (op.op === 'produce' ? withoutDecision(op) : op)) };
}

/** Without what is drawn for the hands, and behind them. */
function withoutDecision({ script, ...op }: Extract<PlanOp, { readonly op: 'produce' }>): PlanOp {
  const { whenHalted: _, retryAfterMs: __, ...others } = script ?? {};
  return Object.keys(others).length === 0 ? op : { ...op, script: others };
}
