export { consume, isAction, reject, skip } from './action.ts';
export type { Action, Consume, Reject, Skip, SkipOptions } from './action.ts';
export type { CommittedOffset, GroupDescription, NewTopic, OffsetSpec, TopicConfigs, TopicDescription, TransportAdmin } from './admin.ts';
export type { Clock, Timer } from './clock.ts';
export { kafkaConfig } from './config/create-kafka-config.ts';
export type {
  AutoOffsetReset,
  KafkaConfig,
  KafkaConfigInput,
  LimitsConfig,
  LogLevel,
  ProducerConfig,
  SaslConfig,
  SaslInput,
  SaslMechanism,
  TlsConfig,
  TlsInput,
} from './config/kafka-config.ts';
export { loadKafkaConfig } from './config/load-kafka-config.ts';
export { redacted } from './config/redacted.ts';
export { Secret } from './config/secret.ts';
export { Consumer } from './consumer/consumer.ts';
export type { ConsumerDependencies } from './consumer/consumer.ts';
export type { ConsumerOptions } from './consumer/consumer-options.ts';
export type { ConsumerHealth, ConsumerState, ErrorSummary, PartitionHealth } from './consumer/health.ts';
export type { PartitionPhase } from './consumer/owned-partition.ts';
export type { PartitionSelection } from './consumer/paused-by-hand.ts';
export type { BlockedRecord, HaltedLane } from './consumer/record-order.ts';
export type { OpenRange, OpenReason, StopReport } from './consumer/stop-report.ts';
export { DeadLetterProducer } from './dead-letter/dead-letter-producer.ts';
export type { DeadLetterProducerOptions } from './dead-letter/dead-letter-producer.ts';
export type { DeadLetter, DeadLetterResult, DeadLetterSink } from './dead-letter/dead-letter-sink.ts';
export { readEarlierLife, readLetter } from './dead-letter/read-letter.ts';
export type { EarlierLife, Letter, RecordOrigin } from './dead-letter/read-letter.ts';
export { defineBatchHandler, defineHandler } from './define-handler.ts';
export { ERROR_CODES, KafkaError } from './errors.ts';
export type { ErrorCode, KafkaErrorOptions } from './errors.ts';
export type {
  BackOff,
  BatchContext,
  BatchHandlerDefinition,
  BatchItem,
  BatchOptions,
  DeadLetterOptions,
  FailedAnswer,
  Handled,
  Handler,
  HandlerContext,
  HandlerDefinition,
  HandlerOptions,
  Ordering,
  RateLimitOptions,
  RetryLimits,
  RetryOptions,
  Tombstones,
  ValueDefinition,
} from './handler.ts';
export { silentLogger } from './logger.ts';
export type { Logger, LogMethod } from './logger.ts';
export { KafkaManager } from './manager.ts';
export type { ManagerDependencies, ManagerHealth, ManagerState, RunOptions, StartOptions, StopOptions } from './manager-options.ts';
export { MessageHandler } from './message-handler.ts';
export type { AnyMessageHandler } from './message-handler.ts';
export { OBSERVATION_VERSION } from './observation.ts';
export type { InDelivery, InPartition, Observation, ObservationBase, Observer, StartReason } from './observation.ts';
export { applyOffsets } from './offsets/apply-offsets.ts';
export { readGroupOffsets } from './offsets/group-offsets.ts';
export type { GroupOffsets, GroupPartitionOffset } from './offsets/group-offsets.ts';
export type { OffsetChange, PlannedOffset } from './offsets/plan-offset.ts';
export { planOffsets } from './offsets/plan-offsets.ts';
export type { OffsetPlan, OffsetRequest, OffsetTarget } from './offsets/plan-offsets.ts';
export { pinoLogger } from './pino-logger.ts';
export { BatchingProducer } from './producer/batching-producer.ts';
export type { BatchingProducerOptions } from './producer/batching-producer.ts';
export type { HeadersInput, JsonProducerRecord, ProducerRecord, RecordMetadata, RecordProducer } from './producer/record-producer.ts';
export type { Random } from './random.ts';
export type { KafkaRecord, RecordHeader } from './record.ts';
export { systemClock } from './system-clock.ts';
export { systemRandom } from './system-random.ts';
export type {
  AssignedPartition,
  Assignment,
  CommitResult,
  ConsumerListener,
  OffsetRange,
  PartitionCommit,
  PartitionEpoch,
  ProduceBatch,
  ProduceRecord,
  ProduceResult,
  TopicPartition,
  Transport,
  TransportBatch,
  TransportCapabilities,
  TransportConsumer,
  TransportConsumerOptions,
  TransportProducer,
} from './transport.ts';
