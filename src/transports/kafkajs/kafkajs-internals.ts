/**
 * What we rely on inside kafkajs 2.2.4, all in one place.
 *
 * The seam is documented: kafkajs hands its `Cluster` to every partition assigner (`partitionAssigners`), and its types
 * declare `Cluster` and `Broker`. From there on three things are not documented, and are checked once per client:
 * - `cluster.connectionPoolBuilder.build()` makes the connections, and `connectionPool.send()` takes a request as
 *   `{ request: { apiKey, apiName, apiVersion, encode }, response: { decode, parse } }`. Through it we send Fetch,
 *   Produce, OffsetCommit and Metadata as we encode and decode them; kafkajs keeps connections, TLS, SASL, time-outs and
 *   correlation.
 * - a connection's request queue, whose timer is replaced (it re-arms itself every millisecond with a negative delay), and the
 *   connection itself, which is made once and closed for good: see connections.ts.
 * - methods of `Broker` that kafkajs's consumer calls (`joinGroup`, `syncGroup`, `heartbeat`, `leaveGroup`, `fetch`,
 *   `offsetFetch`, `offsetCommit`), and `getNodeIds`, `findBroker` and `refreshMetadata` of the cluster: on our own consumer's
 *   they are wrapped, see group-hooks.ts.
 */
import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { Clock, Timer } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import { connectOnce, dropAbandonedAnswers } from './connections.ts';
import type { Connection, Connections, ProtocolRequest, RequestQueue } from './connections.ts';
import { todaysName } from './wire/error-codes.ts';

export interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly pool: readonly Connection[];
  send(request: ProtocolRequest): Promise<unknown>;
  /** Connected. Fetch has the second one for itself. */
  getConnection(index: number): Promise<Connection>;
}

export interface TopicPartitions<Partition> {
  readonly topic: string;
  readonly partitions: readonly Partition[];
}

/** kafkajs's Broker; answers as its decoders make them. */
export interface Broker {
  readonly nodeId: number | string | null;
  readonly connectionPool: ConnectionPool;
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  disconnect(): Promise<void>;
  metadata(topics: readonly string[]): Promise<BrokerMetadata>;
  joinGroup(request: {
    readonly memberId: string;
  }): Promise<{ readonly generationId: number; readonly memberId: string; readonly leaderId: string }>;
  syncGroup(request: { readonly memberId: string }): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  fetch(request: { readonly topics: readonly TopicPartitions<{ readonly partition: number }>[] }): Promise<unknown>;
  offsetCommit(request: object): Promise<unknown>;
  offsetFetch(request: { readonly groupId: string; readonly topics: readonly TopicPartitions<{ readonly partition: number }>[] }): Promise<{
    readonly responses: readonly TopicPartitions<{
      readonly partition: number;
      readonly offset: string;
      readonly metadata: string | null;
    }>[];
  }>;
  listOffsets(request: {
    readonly isolationLevel: number;
    readonly topics: readonly TopicPartitions<{ readonly partition: number; readonly timestamp: number }>[];
  }): Promise<{ readonly responses: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[] }>;
  createTopics(request: object): Promise<unknown>;
  deleteTopics(request: object): Promise<unknown>;
  createPartitions(request: object): Promise<unknown>;
  deleteRecords(request: object): Promise<unknown>;
  describeConfigs(request: {
    readonly resources: readonly { readonly type: number; readonly name: string; readonly configNames: readonly string[] }[];
  }): Promise<{
    readonly resources: readonly {
      readonly resourceName: string;
      readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
    }[];
  }>;
  describeGroups(request: { readonly groupIds: readonly string[] }): Promise<{ readonly groups: readonly GroupDetails[] }>;
}

export interface GroupDetails {
  readonly groupId: string;
  readonly state: string;
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly memberAssignment: Buffer }[];
}

export interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  readonly leader: number;
}

export interface TopicMetadata {
  readonly topicErrorCode: number;
  readonly topic: string;
  readonly partitionMetadata: readonly PartitionMetadata[];
}

export interface BrokerMetadata {
  readonly topicMetadata: readonly TopicMetadata[];
}

/** kafkajs's Cluster. */
export interface Cluster {
  readonly targetTopics: Set<string>;
  readonly connectionPoolBuilder: { build(destination?: object): Promise<ConnectionPool> };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  removeBroker(address: { host: string; port: number }): void;
  refreshMetadata(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  getNodeIds(): readonly string[];
  findBroker(node: { readonly nodeId: number | string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Broker>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
}

/** A kafkajs cluster that we prepared, and its connections. */
export interface ClusterAccess extends Connections {
  readonly cluster: Cluster;
}

/** kafkajs gives it a connection of its own, the second of a pool. */
const FETCH = 1;
const METADATA = 3;
/** The newest that kafkajs speaks; a newer one is our own request. */
const KAFKAJS_METADATA_VERSION = 6;
const SYNC_GROUP = 14;
/** Longest wait of a queued request for its turn. */
const QUEUE_CHECK_MS = 10;

/**
 * A cluster of its own for producer and admin. A kafkajs consumer that is never run hands it to its assigner; kafkajs
 * gives no producer's or admin's cluster away, and their encoders are what we must avoid.
 */
export function openCluster(client: Kafka, metadataMaxAge: number, clock: Clock): ClusterAccess {
  const received: ClusterAccess[] = [];
  client.consumer({
    groupId: 'never-joined',
    allowAutoTopicCreation: false,
    metadataMaxAge,
    partitionAssigners: [
      (context) => {
        received.push(prepareCluster(context.cluster as unknown as Cluster, 0, clock));
        return kafkajs.PartitionAssigners.roundRobin(context);
      },
    ],
  });
  const [access] = received;
  if (access === undefined) throw unfit('it hands no cluster to a partition assigner');
  return access;
}

/**
 * Closes the connection on which a request of this kind got no answer in time: it may lead nowhere, which TCP itself notices
 * after a quarter of an hour. kafkajs goes on using it. The next request opens a new one.
 */
export async function dropAfterTimeout(broker: Broker, apiKey: number, error: unknown): Promise<void> {
  const socket = broker.connectionPool.pool[apiKey === FETCH ? 1 : 0]?.socket;
  if (!isTimeout(error) || socket === undefined || socket.destroyed) return;
  // Until it is closed, kafkajs would write the next request into it.
  const closed = Promise.withResolvers<void>();
  socket.once('close', closed.resolve);
  socket.destroy(new Error('No answer came in time.'));
  await closed.promise;
}

export function isTimeout(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'KafkaJSRequestTimeoutError';
}

/** Checks what we rely on, then mends connections. `syncTimeoutMs`: how long a member may wait for its group's leader. */
export function prepareCluster(cluster: Cluster, syncTimeoutMs: number, clock: Clock): ClusterAccess {
  const methods = ['connect', 'disconnect', 'removeBroker', 'refreshMetadata', 'addMultipleTargetTopics', 'getNodeIds'] as const;
  const finders = ['findBroker', 'findControllerBroker', 'findGroupCoordinator', 'findTopicPartitionMetadata'] as const;
  const missing = [...methods, ...finders].find((name) => typeof cluster[name] !== 'function');
  if (missing !== undefined) throw unfit(`its Cluster has no ${missing}()`);
  const builder = cluster.connectionPoolBuilder;
  if (typeof builder?.build !== 'function') throw unfit('its Cluster has no connectionPoolBuilder');
  const access: ClusterAccess = { cluster, connections: new Set(), closedBecause: null };
  const build = builder.build.bind(builder);
  builder.build = async (destination) => {
    const pool = await build(destination);
    preparePool(pool, syncTimeoutMs, clock);
    for (const connection of pool.pool) connectOnce(connection, access);
    return pool;
  };
  return access;
}

/** Checks the methods that group-hooks.ts wraps. */
export function checkBroker(broker: Broker): void {
  const methods = ['joinGroup', 'syncGroup', 'heartbeat', 'leaveGroup', 'fetch', 'offsetFetch', 'offsetCommit'] as const;
  const missing = methods.find((name) => typeof broker[name] !== 'function');
  if (missing !== undefined) throw unfit(`its Broker has no ${missing}()`);
}

function preparePool(pool: ConnectionPool, syncTimeoutMs: number, clock: Clock): void {
  if (typeof pool.send !== 'function' || typeof pool.getConnection !== 'function' || !Array.isArray(pool.pool))
    throw unfit('its ConnectionPool has no send(), getConnection() or pool');
  for (const connection of pool.pool) {
    const methods = ['connect', 'isConnected', 'disconnect', 'send'] as const;
    const missing = methods.find((name) => typeof connection[name] !== 'function');
    if (missing !== undefined) throw unfit(`its Connection has no ${missing}()`);
    calmRequestQueue(connection.requestQueue, clock);
    dropAbandonedAnswers(connection.requestQueue);
  }
  const send = pool.send.bind(pool);
  pool.send = (request) => {
    if (request.request.apiKey === METADATA && request.request.apiVersion <= KAFKAJS_METADATA_VERSION)
      return send({ ...request, response: { ...request.response, parse: keepTopicsWithErrors } });
    if (request.request.apiKey === SYNC_GROUP) return send({ ...request, requestTimeout: syncTimeoutMs });
    return send(request);
  };
}

/** kafkajs sets a timer after every answer, with the negative delay that makes Node 24 warn, although nothing waits. */
function calmRequestQueue(queue: RequestQueue | undefined, clock: Clock): void {
  const methods = ['checkPendingRequests', 'fulfillRequest', 'destroy'] as const;
  if (queue === undefined || methods.some((name) => typeof queue[name] !== 'function') || !Array.isArray(queue.pending))
    throw unfit('its Connection has no request queue');
  let timer: Timer | null = null;
  queue.scheduleCheckPendingRequests = () => {
    if (timer !== null || queue.pending.length === 0) return;
    timer = clock.setTimer(Math.max(queue.throttledUntil - clock.now(), QUEUE_CHECK_MS), () => {
      timer = null;
      queue.checkPendingRequests();
    });
  };
  const destroy = queue.destroy.bind(queue);
  // A throttle may last longer than the connection.
  queue.destroy = () => {
    timer?.cancel();
    timer = null;
    destroy();
  };
}

/**
 * kafkajs fails the whole metadata answer for one bad topic or partition: a single deleted topic would then blind a client
 * to all the others. Here a topic with an error keeps an empty list of partitions, a partition with one has no leader.
 */
function keepTopicsWithErrors(decoded: unknown): unknown {
  const metadata = decoded as BrokerMetadata;
  return {
    ...metadata,
    topicMetadata: metadata.topicMetadata.map((topic) =>
      topic.topicErrorCode === 0
        ? {
            ...topic,
            partitionMetadata: topic.partitionMetadata.map((partition) =>
              partition.partitionErrorCode === 0 ? partition : { ...partition, leader: -1 },
            ),
          }
        : { ...topic, partitionMetadata: [] },
    ),
  };
}

function unfit(what: string): KafkaError {
  let version = 'unknown';
  try {
    version = (createRequire(import.meta.url)('kafkajs/package.json') as { version: string }).version;
  } catch {
    // The message below says enough.
  }
  return new KafkaError('UNSUPPORTED', `This version of kafkajs (${version}) does not fit: ${what}. Version 2.2.4 is known to fit.`);
}

/** The innermost error: kafkajs wraps an error in its retries, some of them without a message of their own. */
export function innermost(error: unknown): Error & { readonly type?: string; readonly code?: unknown } {
  let current = error;
  for (let depth = 0; depth < 10; depth += 1) {
    const inner = (current as { cause?: unknown } | null)?.cause;
    if (!(inner instanceof Error)) break;
    current = inner;
  }
  return current instanceof Error ? current : new Error(String(current));
}

/** Kafka's name of the error code that a broker answered, or null where the error is none of a broker's. */
export function kafkaCodeOf(error: unknown): string | null {
  const outer = (error as { type?: unknown } | null)?.type;
  const type = typeof outer === 'string' ? outer : innermost(error).type;
  return typeof type === 'string' ? todaysName(type) : null;
}
