import type { TopicConfigs, TransportAdmin } from '../admin.ts';
import { KafkaError } from '../errors.ts';
import { quotedNames } from '../quoted-names.ts';

/** What our headers take at most, beside those of the record: a letter may be so much larger than its record. */
export const LETTER_OVERHEAD_BYTES = 8_192;
const CLEANUP_POLICY = 'cleanup.policy';
const MAX_MESSAGE_BYTES = 'max.message.bytes';

export interface DeadLetterCheck {
  readonly admin: Pick<TransportAdmin, 'describeTopics' | 'describeTopicConfigs'>;
  /** See `deadLetterTargets`. */
  readonly targets: ReadonlyMap<string, string>;
  /** Every topic that a handler of this consumer takes: a letter that comes back could be rejected for ever. */
  readonly consumedTopics: readonly string[];
}

/**
 * Whether rejected records will find a place, before the first one needs it: each target exists, is not compacted (letters
 * with equal keys would replace each other), takes records as large as its source's and 8 KiB more, and is consumed by no
 * handler here. Rejects with DEAD_LETTER_INVALID, which names all that is wrong at once, or with what the cluster said.
 * Resolves with warnings: what could not be checked, because this client may not read the configuration of topics.
 */
export async function checkDeadLetterTargets({ admin, targets, consumedTopics }: DeadLetterCheck): Promise<readonly KafkaError[]> {
  const names = [...new Set(targets.values())];
  if (names.length === 0) return [];
  const problems = loops(targets, consumedTopics);
  const missing = new Set((await Promise.all(names.map((name) => isMissing(admin, name)))).flat());
  for (const name of missing)
    problems.push(`"${name}", for ${sourcesOf(targets, name)}, does not exist: create it, no client of ours does`);
  const warnings: KafkaError[] = [];
  try {
    const asked = new Set([...names, ...targets.keys()].filter((name) => !missing.has(name)));
    const described = await admin.describeTopicConfigs([...asked], [CLEANUP_POLICY, MAX_MESSAGE_BYTES]);
    const configs = new Map(described.map((topic) => [topic.name, topic]));
    for (const name of names) problems.push(...unfit(name, targets, configs));
  } catch (error) {
    if (!isNotAllowed(error)) throw error;
    warnings.push(notChecked(names, error));
  }
  if (problems.length === 0) return warnings;
  throw new KafkaError('DEAD_LETTER_INVALID', `Rejected records would have nowhere to go. Dead letter topic ${problems.join('; ')}.`, {
    details: { problems },
  });
}

function loops(targets: ReadonlyMap<string, string>, consumedTopics: readonly string[]): string[] {
  return [...new Set(targets.values())].flatMap((name) => {
    if (targets.get(name) === name) return [`"${name}" is its own dead letter topic`];
    if (!consumedTopics.includes(name)) return [];
    return [`"${name}", for ${sourcesOf(targets, name)}, is consumed by a handler here: what that rejects could go round for ever`];
  });
}

async function isMissing(admin: DeadLetterCheck['admin'], name: string): Promise<readonly string[]> {
  try {
    await admin.describeTopics([name]);
    return [];
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'UNKNOWN_TOPIC') return [name];
    throw error;
  }
}

function unfit(name: string, targets: ReadonlyMap<string, string>, configs: ReadonlyMap<string, TopicConfigs>): readonly string[] {
  const problems: string[] = [];
  const policy = configs.get(name)?.configs[CLEANUP_POLICY];
  if (policy !== undefined && policy.split(',').some((each) => each.trim() === 'compact'))
    problems.push(`"${name}" has ${CLEANUP_POLICY}=${policy}, expected delete: letters with equal keys would replace each other`);
  const limit = sizeLimit(configs.get(name));
  for (const [source, target] of targets) {
    const sourceLimit = sizeLimit(configs.get(source));
    if (target !== name || source === name || limit === null || sourceLimit === null || limit >= sourceLimit + LETTER_OVERHEAD_BYTES)
      continue;
    const expected = `expected at least ${sourceLimit + LETTER_OVERHEAD_BYTES}: "${source}" has ${sourceLimit}, and a letter is up to ${LETTER_OVERHEAD_BYTES} larger`;
    problems.push(`"${name}" has ${MAX_MESSAGE_BYTES}=${limit}, ${expected}`);
  }
  return problems;
}

function sizeLimit(topic: TopicConfigs | undefined): number | null {
  const value = topic?.configs[MAX_MESSAGE_BYTES];
  return value === undefined ? null : Number(value);
}

function sourcesOf(targets: ReadonlyMap<string, string>, name: string): string {
  return [...targets].flatMap(([source, target]) => (target === name ? [`"${source}"`] : [])).join(', ');
}

/** Many clients may read and write topics, and not look at their configuration. */
function isNotAllowed(error: unknown): boolean {
  if (!(error instanceof KafkaError)) return false;
  return error.code === 'UNSUPPORTED' || ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'].includes(error.kafkaCode ?? '');
}

function notChecked(names: readonly string[], cause: unknown): KafkaError {
  const why = cause instanceof KafkaError ? (cause.kafkaCode ?? cause.message) : String(cause);
  return new KafkaError(
    'DEAD_LETTER_INVALID',
    `Whether the dead letter topics ${quotedNames(names)} are not compacted, and take records that are large enough, could not be checked (${why}): allow this client DescribeConfigs on them and on their sources, or see to it by hand.`,
    { cause },
  );
}
