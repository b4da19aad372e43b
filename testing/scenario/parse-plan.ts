import * as v from 'valibot';
import { KafkaError } from '../../src/errors.ts';
import { FAULT_KINDS } from '../fault/catalogue.ts';
import type { FaultKind } from '../fault.ts';
import { deadLetterTopicOf, PLAN_VERSION, type Plan } from './plan.ts';
import { migratePlan } from './migrate-plan.ts';

/** Most of anything in one plan: a plan is read by a person. */
const MAX_ITEMS = 10_000;
const MAX_WAIT_MS = 86_400_000;
const MAX_PROBLEMS_SHOWN = 8;

const whole = (least: number, most: number): v.GenericSchema<unknown, number> =>
  v.pipe(
    v.number(),
    v.integer(`expected a whole number from ${least} to ${most}`),
    v.minValue(least, `expected ${least} or more`),
    v.maxValue(most, `expected ${most} or less`),
  ) as v.GenericSchema<unknown, number>;

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,200}$/, 'expected 1 to 200 letters, digits, dots, underscores or dashes'));

const script = v.strictObject({
  skips: v.optional(whole(0, 1000)),
  retryAfterMs: v.optional(whole(0, MAX_WAIT_MS)),
  failures: v.optional(whole(0, 1000)),
  slowMs: v.optional(whole(0, MAX_WAIT_MS)),
  async: v.optional(v.boolean()),
  misanswers: v.optional(whole(0, 1000)),
  final: v.optional(v.boolean()),
  whenHalted: v.optional(v.picklist(['retry', 'dead-letter'])),
  verdict: v.optional(v.picklist(['consume', 'reject'])),
});

const value = v.nullable(v.union([v.string(), v.strictObject({ base64: v.pipe(v.string(), v.base64()) })]));

const op = v.variant('op', [
  v.strictObject({
    op: v.literal('produce'),
    topic: name,
    partition: whole(0, 9999),
    key: v.nullable(v.string()),
    value,
    headers: v.optional(v.pipe(v.array(v.tuple([v.string(), value])), v.maxLength(MAX_ITEMS))),
    script: v.optional(script),
  }),
  v.strictObject({ op: v.literal('join'), member: name }),
  v.strictObject({ op: v.literal('leave'), member: name }),
  v.strictObject({ op: v.literal('crash'), member: name }),
  v.strictObject({ op: v.literal('pause'), member: name, topic: name, partition: v.optional(whole(0, 9999)) }),
  v.strictObject({ op: v.literal('resume'), member: name, topic: name, partition: v.optional(whole(0, 9999)) }),
  v.strictObject({ op: v.literal('decide'), besideCalls: v.optional(v.boolean()) }),
  v.strictObject({ op: v.literal('wait'), ms: whole(0, MAX_WAIT_MS) }),
]);

const target = {
  times: v.optional(whole(1, 1000)),
  member: v.optional(name),
  topic: v.optional(name),
  partition: v.optional(whole(0, 9999)),
};
const code = v.pipe(v.string(), v.regex(/^[A-Z_]+$/, "expected the name of one of Kafka's error codes, such as ILLEGAL_GENERATION"));

const api = v.picklist([
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
]);
const ms = whole(0, MAX_WAIT_MS);
const node = whole(1, 100);
const later = { afterEvents: v.optional(whole(0, 1_000_000)), times: v.optional(whole(1, 1000)) };
const place = { topic: name, partition: whole(0, 9999) };

/** What a fault of each kind has besides its target. A kind that is missing here is a type error below. */
const FAULT_FIELDS: Readonly<Record<FaultKind, v.ObjectEntries>> = {
  'commit-refused': { code, ...target },
  'commit-request-lost': target,
  'commit-reply-lost': target,
  'fetch-request-lost': target,
  'fetch-reply-lost': target,
  'heartbeat-request-lost': target,
  'produce-refused': { code, ...target },
  'produce-reply-lost': target,
  'request-lost': { api, ...target },
  'reply-lost': { api, ...target },
  'request-refused': { api, code, ...target },
  'request-delayed': { api, ms, ...target },
  'reply-delayed': { api, ms, ...target },
  'request-overtaken': { api, ...target },
  'connection-cut': { api, done: v.optional(v.boolean()), ...target },
  'fetch-partial': target,
  'stale-batch': target,
  'produce-duplicated': target,
  'broker-restarted': { node, downMs: ms, ...later },
  'coordinator-moved': { loadMs: ms, ...later },
  'coordinator-loading': { ms, ...later },
  'leader-moved': { ...place, ...later },
  'replica-lagging': { ...place, ms, ...later },
  'not-enough-replicas': { ...place, ms, ...later },
  'disk-full': { node, ms, ...later },
  'unclean-leader': { ...place, records: whole(1, MAX_ITEMS), ...later },
  'records-removed': { ...place, keep: whole(0, MAX_ITEMS), ...later },
  'control-record': { ...place, ...later },
  rebalance: later,
  'topic-recreated': { topic: name, goneMs: ms, ...later },
  'partitions-added': { topic: name, partitions: whole(1, 100), ...later },
  'member-crashed': { ...later, member: name },
  'member-paused': { ...later, member: name, ms },
  'clock-jumped': { ...later, member: name, ms },
  'handler-slow': { ms, ...target },
  'handler-hung': target,
  'handler-throws': target,
  'handler-rejects': target,
  'handler-late': { ms, ...target },
  'poison-record': target,
};

const fault = v.variant(
  'kind',
  FAULT_KINDS.map((kind) => v.strictObject({ kind: v.literal(kind), ...FAULT_FIELDS[kind] })),
);

const rate = v.strictObject({
  recordsPerSecond: v.pipe(
    v.number(),
    v.check((given) => given > 0 && given <= 1_000_000, 'expected a number above 0, to 1,000,000'),
  ),
  burst: whole(1, 1_000_000),
});

const handler = v.strictObject({
  ordering: v.optional(v.picklist(['partition', 'key', 'unordered'])),
  concurrency: v.optional(whole(1, 10_000)),
  rateLimit: v.optional(rate),
  batch: v.optional(v.strictObject({ maxRecords: whole(1, 10_000), lingerMs: v.optional(whole(0, 60_000)) })),
  retry: v.optional(
    v.strictObject({
      maxAttempts: v.optional(whole(1, 1_000_000)),
      maxElapsedMs: v.optional(whole(1, 604_800_000)),
      maxSkips: v.optional(whole(0, 1_000_000)),
      maxSkipMs: v.optional(whole(1, 604_800_000)),
      jitter: v.optional(v.picklist(['full', 'none'])),
      onExhausted: v.optional(v.picklist(['reject', 'halt', 'continue'])),
    }),
  ),
  deadLetter: v.optional(v.strictObject({ partitions: whole(1, 100) })),
  deadlineMs: v.optional(whole(1, MAX_WAIT_MS)),
  hungAfterMs: v.optional(whole(1, MAX_WAIT_MS)),
  onHung: v.optional(v.picklist(['halt', 'overlap'])),
});

const processOptions = v.strictObject({
  concurrency: v.optional(whole(1, 100_000)),
  rateLimit: v.optional(rate),
  openWindow: v.optional(whole(1, 10_000_000)),
  durableLedger: v.optional(v.boolean()),
});

const plan = v.strictObject({
  version: v.literal(PLAN_VERSION),
  scenario: v.pipe(v.string(), v.nonEmpty('expected the name of a scenario')),
  config: v.strictObject({
    seed: whole(-2_147_483_648, 4_294_967_295),
    brokers: whole(2, 9),
    topics: v.pipe(
      v.array(v.strictObject({ name, partitions: whole(1, 1000), handler: v.optional(handler) })),
      v.minLength(1, 'expected one topic or more'),
      v.maxLength(100),
    ),
    offsetReset: v.picklist(['earliest', 'latest']),
    sessionTimeoutMs: whole(100, 1_800_000),
    replicationFactor: v.optional(whole(1, 9)),
    offsetMetadataMaxBytes: v.optional(whole(0, 1_000_000)),
    process: v.optional(processOptions),
  }),
  ops: v.pipe(v.array(op), v.maxLength(MAX_ITEMS)),
  faults: v.pipe(v.array(v.strictObject({ afterOps: whole(0, MAX_ITEMS), fault })), v.maxLength(MAX_ITEMS)),
  choices: v.pipe(v.array(whole(0, 1_000_000)), v.maxLength(1_000_000)),
});

/** A plan from JSON that was parsed. `source` names it in errors. Rejects by SCENARIO_INVALID, which names every problem and its place. */
export function parsePlan(input: unknown, source = 'the plan'): Plan {
  const migrated = migratePlan(input);
  const found = (migrated as { readonly version?: unknown } | null | undefined)?.version;
  if (typeof found === 'number' && found !== PLAN_VERSION) {
    throw new KafkaError(
      'SCENARIO_INVALID',
      `${source} has version ${found}, and this release plays version ${PLAN_VERSION}: use the release that wrote it`,
    );
  }
  const result = v.safeParse(plan, migrated);
  if (!result.success) {
    const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? '(the whole)'}: ${issue.message}`);
    throw invalid(source, problems);
  }
  const problems = crossCheck(result.output as Plan);
  if (problems.length > 0) throw invalid(source, problems);
  return result.output as Plan;
}

/** What no single field shows: topics and partitions that the plan does not have. */
function crossCheck(parsed: Plan): readonly string[] {
  const partitions = new Map(parsed.config.topics.map((topic) => [topic.name, topic.partitions]));
  // Records may be meant for partitions that come later; without them they are not written.
  for (const { fault: added } of parsed.faults) {
    const count = added.kind === 'partitions-added' ? partitions.get(added.topic) : undefined;
    if (added.kind === 'partitions-added' && count !== undefined) partitions.set(added.topic, count + added.partitions);
  }
  const problems: string[] = [];
  if (partitions.size < parsed.config.topics.length) problems.push('config.topics: each name may stand there once');
  // Faults may be meant for dead letters; nobody else writes there.
  const letters = new Map(
    parsed.config.topics.flatMap(({ name: source, handler: options }) =>
      options?.deadLetter === undefined ? [] : [[deadLetterTopicOf(source), options.deadLetter.partitions]],
    ),
  );
  const check = (where: string, topic: string | undefined, partition: number | undefined, isFault = false): void => {
    if (topic === undefined) return;
    const count = partitions.get(topic) ?? (isFault ? letters.get(topic) : undefined);
    if (count === undefined) problems.push(`${where}.topic: "${topic}" is not one of config.topics (${[...partitions.keys()].join(', ')})`);
    else if (partition !== undefined && partition >= count)
      problems.push(`${where}.partition: ${topic} has partitions 0 to ${count - 1}, given ${partition}`);
  };
  parsed.ops.forEach((each, index) => {
    if ('topic' in each) check(`ops.${index}`, each.topic, each.partition);
  });
  parsed.faults.forEach((each, index) => check(`faults.${index}.fault`, each.fault.topic, each.fault.partition, true));
  return problems;
}

function invalid(source: string, problems: readonly string[]): KafkaError {
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN);
  const more = problems.length - shown.length;
  const lines = shown.map((problem) => `\n  ${problem}`).join('');
  return new KafkaError('SCENARIO_INVALID', `${source} is not a valid plan:${lines}${more > 0 ? `\n  and ${more} more` : ''}`, {
    details: { problems },
  });
}
