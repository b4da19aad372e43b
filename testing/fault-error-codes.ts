import { BROKER_ERROR_CODES } from './broker/error-code.ts';

/**
 * Codes that a fault may answer, with their numbers on the wire: those of the broker core, and those that only a broker in
 * trouble gives. Source: org.apache.kafka.common.protocol.Errors.
 */
export const FAULT_ERROR_CODES: Readonly<Record<string, number>> = {
  ...BROKER_ERROR_CODES,
  LEADER_NOT_AVAILABLE: 5,
  REQUEST_TIMED_OUT: 7,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  KAFKA_STORAGE_ERROR: 56,
};
