import { KafkaError } from '../errors.ts';
import type { KafkaConfig } from './kafka-config.ts';

/** The group of a configuration that is to consume. Throws CONFIG_INVALID when there is none. */
export function requireGroupId(config: KafkaConfig): string {
  if (config.groupId !== null) return config.groupId;
  throw new KafkaError(
    'CONFIG_INVALID',
    'Kafka configuration: KAFKA_CONSUMER_GROUP_ID (groupId) is not set, expected the name of the consumer group, because a handler is registered',
  );
}

/**
 * Holds configured topics against the registered handlers'. Without configured topics everything agrees. Throws
 * CONFIG_INVALID that says which topic is missing on which side.
 */
export function checkTopics(config: KafkaConfig, handled: readonly string[]): void {
  if (config.topics === null) return;
  const withoutHandler = config.topics.filter((topic) => !handled.includes(topic));
  const notConfigured = handled.filter((topic) => !config.topics?.includes(topic));
  if (withoutHandler.length + notConfigured.length === 0) return;
  const ways = [
    ...(withoutHandler.length > 0 ? [`${withoutHandler.join(', ')} ${withoutHandler.length === 1 ? 'has' : 'have'} no handler`] : []),
    ...(notConfigured.length > 0
      ? [`${notConfigured.join(', ')} ${notConfigured.length === 1 ? 'has a handler but is' : 'have handlers but are'} not in it`]
      : []),
  ];
  throw new KafkaError(
    'CONFIG_INVALID',
    `Kafka configuration: KAFKA_TOPICS (topics) is ${config.topics.join(',')} and does not agree with the registered handlers: ${ways.join('; ')}`,
    { details: { withoutHandler, notConfigured } },
  );
}
