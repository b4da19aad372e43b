const LONGEST_TOPIC_NAME = 249;
const TOPIC_NAME = /^[a-zA-Z0-9._-]+$/;

/** Kafka's rule for topic names (org.apache.kafka.common.internals.Topic), as one phrase for messages. */
export const TOPIC_NAME_RULE: string = `1 to ${LONGEST_TOPIC_NAME} characters a-z, A-Z, 0-9, ".", "_" and "-", other than "." and ".."`;

/** Whether Kafka takes this as the name of a topic. */
export function isTopicName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= LONGEST_TOPIC_NAME && name !== '.' && name !== '..' && TOPIC_NAME.test(name);
}
