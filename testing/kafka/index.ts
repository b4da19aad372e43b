export { DEFAULT_KAFKA_VERSION, realKafkaRequired, startRealKafka } from './real-kafka.ts';
export type { RealKafka, RealKafkaOptions } from './real-kafka.ts';
export { produceWithJava } from './java-producer.ts';
export type { JavaProduceJob, JavaRecord } from './java-producer.ts';
export { isolate } from './isolation.ts';
export type { IsolatedTopicOptions, Isolation } from './isolation.ts';
