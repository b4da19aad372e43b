import { KafkaError } from '../../src/errors.ts';
import type { TransportConsumerOptions } from '../../src/transport.ts';

/** What these codes say cannot be mended by trying again. */
const FATAL_CODES: ReadonlySet<string> = new Set([
  'FENCED_INSTANCE_ID',
  'GROUP_MAX_SIZE_REACHED',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
]);

const FENCING_CODES: ReadonlySet<string> = new Set(['FENCED_INSTANCE_ID', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

export function isFatalForGroup(errorCode: string): boolean {
  return FATAL_CODES.has(errorCode);
}

/** A coordinator's refusal in words, with the likely cause. */
export function groupRefusal(options: TransportConsumerOptions, memberId: string, errorCode: string, api: string): KafkaError {
  const { groupId, groupInstanceId, sessionTimeoutMs } = options;
  const who = groupInstanceId === null ? memberId || 'this member' : `instance ${groupInstanceId}`;
  const hints: Readonly<Record<string, string>> = {
    FENCED_INSTANCE_ID: 'another member uses the same groupInstanceId',
    INVALID_SESSION_TIMEOUT: `sessionTimeoutMs (KAFKA_SESSION_TIMEOUT_MS) is ${sessionTimeoutMs}, outside of what the brokers take: group.min.session.timeout.ms to group.max.session.timeout.ms`,
    INCONSISTENT_GROUP_PROTOCOL: 'its members have no assignor in common with range and roundrobin',
    UNKNOWN_MEMBER_ID: 'the group has removed it, by its session time-out for example',
    ILLEGAL_GENERATION: 'the group has gone on without it',
  };
  const hint = hints[errorCode];
  const message = `${api} of ${who} in group ${groupId}: ${errorCode}${hint === undefined ? '' : ` (${hint})`}`;
  return new KafkaError(FENCING_CODES.has(errorCode) ? 'GROUP_FENCED' : 'CONSUMER_FAILED', message, { kafkaCode: errorCode });
}
