/** What a scenario of a user's judges by itself: the default checks, its invariants, and the comparison with a calm run. */
import { inspect, isDeepStrictEqual } from 'node:util';
import type { Observation } from '../../src/observation.ts';
import type { HistoryEvent } from '../../testing/checker/history.ts';
import type { Violation } from '../../testing/checker/violation.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import type { PlanWorld } from '../plan-world.ts';
import type { OwnJudgement, PlayedRun } from '../scenario-definition.ts';
import { calmPlan, type CalmEnds } from './calm-plan.ts';
import { isMistake, scenarioThrew } from './own-code.ts';
import { isLossy, tracedRecords, type TracedRecord } from './run-records.ts';
import type { RunState } from './run-state.ts';
import type { FinishedRun, ScenarioOptions } from './scenario-options.ts';

/** Names of the checks that every scenario has, beside the invariants of the checker. */
export const ENDS_IN_CONSUME = 'ends-in-consume';
export const TOMBSTONES_HANDLED = 'tombstones-handled';
export const SAME_AS_CALM = 'same-as-calm';

/** The most of a value that a message shows. */
const SHOWN_CHARACTERS = 600;

/** What a check of the user's threw, for a report that can show more of it than its message. */
const causes = new WeakMap<Violation, unknown>();

/** What was thrown; undefined for a violation that nobody threw. */
export function causeOf(violation: Violation): unknown {
  return causes.get(violation);
}

export interface OwnRules<World> {
  readonly name: string;
  readonly options: ScenarioOptions<World>;
  readonly stateOf: (world: PlanWorld) => RunState<World>;
  readonly calmEnds: CalmEnds;
}

export async function judgeRun<World>(rules: OwnRules<World>, played: PlayedRun): Promise<OwnJudgement> {
  const { result } = played;
  const state = rules.stateOf(result.world);
  if (state.mistake !== null) throw state.mistake;
  const judge = new OwnJudge(played);
  const topics = new Set(result.plan.config.topics.map((topic) => topic.name));
  const records = tracedRecords(result);
  const generated = records.filter(({ shown }) => topics.has(shown.topic));
  judge.tombstones();
  // A run that has not come to an end says nothing about how it ends; that it has not is a violation already.
  if (result.history.events.some((event) => event.kind === 'ended' && event.drained)) {
    await invariants(rules, state, records, judge);
    endInConsume(rules, generated, judge);
    await sameAsCalm(rules, state, played, judge);
  }
  return { violations: judge.violations, checks: judge.checks, facts: { ...state.facts } };
}

/** Takes down what was judged and what was found. */
class OwnJudge {
  readonly violations: Violation[] = [];
  readonly checks: Record<string, number> = {};
  readonly #events: readonly HistoryEvent[];
  readonly #topic: string;

  constructor({ result }: PlayedRun) {
    this.#events = result.history.events;
    this.#topic = result.plan.config.topics[0]?.name ?? '';
  }

  judged(check: string, times = 1): void {
    this.checks[check] = (this.checks[check] ?? 0) + times;
  }

  violated(
    check: string,
    message: string,
    found: { readonly records?: readonly TracedRecord[]; readonly event?: number; readonly cause?: unknown } = {},
  ): void {
    const { records = [], cause } = found;
    const ended = this.#events.findLastIndex((event) => event.kind === 'ended');
    const event = found.event ?? ended;
    const [first] = records;
    const at = this.#events[event];
    const violation: Violation = {
      invariant: check,
      message,
      topic: first?.shown.topic ?? this.#topic,
      partition: first?.shown.partition ?? 0,
      offsets: records.slice(0, 10).map(({ shown }) => shown.offset),
      members: at !== undefined && 'member' in at ? [at.member] : [],
      at: at?.at ?? 0,
      event,
    };
    this.violations.push(violation);
    if (cause !== undefined) causes.set(violation, cause);
  }

  /** What the runtime said. */
  observations(): readonly Observation[] {
    return this.#events.flatMap((event) => (event.kind === 'observed' ? [event.observation] : []));
  }

  /** No handler throws on a record without a value; what was injected is not its fault. */
  tombstones(): void {
    const tombstones = new Set<string>();
    for (const [index, event] of this.#events.entries()) {
      if (event.kind === 'produced' && event.tombstone) tombstones.add(`${event.topic}/${event.partition}/${event.offset}`);
      if (event.kind !== 'call-ended' || !tombstones.has(`${event.topic}/${event.partition}/${event.offset}`)) continue;
      this.judged(TOMBSTONES_HANDLED);
      if (event.outcome !== 'failed' || /^Error: (injected|scripted)|answered after its deadline/.test(event.reason ?? '')) continue;
      this.violations.push({
        invariant: TOMBSTONES_HANDLED,
        message:
          `${event.topic}-${event.partition}: the handler threw on record ${event.offset}, a tombstone (its value is null): ${event.reason}. ` +
          'A producer writes one wherever it deletes a key; the record comes back for ever, and everything behind it waits.',
        topic: event.topic,
        partition: event.partition,
        offsets: [event.offset],
        members: [event.member],
        at: event.at,
        event: index,
      });
      return;
    }
  }
}

async function invariants<World>(
  rules: OwnRules<World>,
  state: RunState<World>,
  records: readonly TracedRecord[],
  judge: OwnJudge,
): Promise<void> {
  for (const [check, holds] of Object.entries(rules.options.invariants ?? {})) {
    judge.judged(check);
    try {
      const answer: unknown = await holds(finished(state, records, judge));
      if (answer === false) judge.violated(check, 'the invariant returned false');
    } catch (error) {
      if (isMistake(error)) throw scenarioThrew(rules.name, `its invariant "${check}"`, error);
      judge.violated(check, error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
  if (state.mistake !== null) throw state.mistake;
}

function finished<World>(state: RunState<World>, records: readonly TracedRecord[], judge: OwnJudge): FinishedRun<World> {
  return {
    world: state.world,
    effects: state.effects,
    staleEffects: state.staleEffects,
    observations: judge.observations(),
    records: records.map(({ shown }) => shown),
    sometimes: state.sometimes,
  };
}

function endInConsume<World>(
  { name, options: { mayReject = false } }: OwnRules<World>,
  records: readonly TracedRecord[],
  judge: OwnJudge,
): void {
  for (const record of records) {
    const { shown, answeredAt, spoiled } = record;
    if (spoiled || answeredAt === null) continue;
    judge.judged(ENDS_IN_CONSUME);
    if (shown.outcome !== 'reject' || maySay(mayReject, shown, name)) continue;
    judge.violated(
      ENDS_IN_CONSUME,
      `${shown.topic}-${shown.partition}: record ${shown.offset} (key ${show(shown.key)}, value ${show(shown.value)}) ended in Reject "${shown.reason}", ` +
        `and every generated message is expected to end in Consume. Where a handler may reject it, say so: mayReject: ['${shown.reason}'].`,
      { records: [record], event: answeredAt },
    );
    return;
  }
}

function maySay(mayReject: NonNullable<ScenarioOptions<never>['mayReject']>, record: TracedRecord['shown'], scenario: string): boolean {
  if (typeof mayReject === 'boolean') return mayReject;
  if (typeof mayReject !== 'function') return mayReject.includes(record.reason ?? '');
  try {
    return mayReject(record);
  } catch (error) {
    throw scenarioThrew(scenario, '`mayReject`', error);
  }
}

async function sameAsCalm<World>(
  rules: OwnRules<World>,
  state: RunState<World>,
  { result, play }: PlayedRun,
  judge: OwnJudge,
): Promise<void> {
  const { sameAsCalm: project } = rules.options;
  if (project === undefined || isLossy(result.history)) return;
  const projected = async (world: World): Promise<unknown> => {
    try {
      return await project(world);
    } catch (error) {
      throw scenarioThrew(rules.name, '`sameAsCalm`', error);
    }
  };
  const plan = calmPlan(result.plan);
  const expected = await rules.calmEnds.of(plan, async () => projected(rules.stateOf((await play(plan)).world).world));
  const ended = await projected(state.world);
  judge.judged(SAME_AS_CALM);
  if (isDeepStrictEqual(ended, expected)) return;
  judge.violated(
    SAME_AS_CALM,
    `the same messages without any fault end in ${show(expected)}; ${troubleOf(result.plan)} they end in ${show(ended)}`,
    {
      cause: new UnlikeCalm(expected, ended),
    },
  );
}

/** What may have made the difference: a smallest plan need not have a fault at all. */
function troubleOf({ faults, ops }: Plan): string {
  if (faults.length > 0) return 'with the faults of this plan';
  if (ops.some(({ op }) => op === 'crash')) return 'with the crash of this plan';
  if (ops.some(({ op }) => op !== 'produce' && op !== 'join' && op !== 'wait')) return 'with what happens in this plan';
  return 'in this plan, where nothing goes wrong and only the times and the order of calls are others,';
}

/** Both ends, under the names by which test runners show what differs. */
class UnlikeCalm extends Error {
  override readonly name = 'UnlikeCalm';
  readonly expected: unknown;
  readonly actual: unknown;

  constructor(expected: unknown, actual: unknown) {
    super('the end of the run is not that of a calm one');
    this.expected = expected;
    this.actual = actual;
  }
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 6, breakLength: Infinity, maxArrayLength: 50 });
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
