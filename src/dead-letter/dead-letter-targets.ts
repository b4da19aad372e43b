import { KafkaError } from '../errors.ts';
import { showValue } from '../show-value.ts';
import { isTopicName, TOPIC_NAME_RULE } from '../topic-name.ts';

/** Of a handler what says where its rejected records go. */
export interface DeadLetterRule {
  readonly topics: readonly string[];
  readonly deadLetter?: { readonly topic: string | ((sourceTopic: string) => string) } | null;
}

/**
 * The dead letter topic of each source topic that has one. A naming rule is asked once for each topic, here. Throws
 * DEAD_LETTER_INVALID where it throws or answers no topic name.
 */
export function deadLetterTargets(handlers: Iterable<DeadLetterRule>): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  for (const { topics, deadLetter } of handlers) {
    if (deadLetter === undefined || deadLetter === null) continue;
    for (const topic of topics) targets.set(topic, targetOf(topic, deadLetter.topic));
  }
  return targets;
}

function targetOf(source: string, rule: string | ((sourceTopic: string) => string)): string {
  let name: unknown;
  try {
    name = typeof rule === 'function' ? rule(source) : rule;
  } catch (cause) {
    throw new KafkaError('DEAD_LETTER_INVALID', `deadLetter.topic("${source}") threw, and was expected to name the dead letter topic.`, {
      cause,
    });
  }
  if (isTopicName(name)) return name;
  throw new KafkaError(
    'DEAD_LETTER_INVALID',
    `The dead letter topic of "${source}" is ${showValue(name)}, expected the name of a topic: ${TOPIC_NAME_RULE}.`,
  );
}
