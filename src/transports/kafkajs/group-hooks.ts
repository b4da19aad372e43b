import type { Broker, Cluster, TopicPartitions } from './kafkajs-internals.ts';
import { checkBroker, dropAfterTimeout, isTimeout, kafkaCodeOf } from './kafkajs-internals.ts';
import { isConnection } from './translate-error.ts';
import type { Membership } from './held-partitions.ts';

/**
 * kafkajs's consumer runs the group protocol (find the coordinator, join, sync, heartbeat, leave, restart after a crash);
 * through these hooks on its brokers we learn of each step in time, and take over what it does wrong:
 * - `fetch` is ours. kafkajs gets an empty answer, so its own offsets, filters, pause states and out-of-range handling
 *   never come into play, and it comes back to send heartbeats however long a fetch takes.
 * - `offsetFetch` answers it a made-up offset, which nothing uses; `offsetCommit` is refused: kafkajs has nothing to commit.
 */
export interface GroupHooks {
  /** The consumer was stopped, and its connections are closed: whatever kafkajs still begins is to end. */
  isClosed(): boolean;
  /** Before JoinGroup is sent, also where kafkajs rejoins without an event. */
  joining(): Promise<void>;
  joined(membership: Membership): void;
  heartbeatAnswered(): void;
  /** `rebalancing`: the membership still takes commits. `gone`: it does not. */
  heartbeatRefused(kind: 'rebalancing' | 'gone', error: unknown): void;
  left(): void;
  /** Called in a loop for each broker; resolves within a heartbeat interval. A rejection with `rejoin()` makes kafkajs join again. */
  poll(broker: Broker, led: readonly TopicPartitions<{ readonly partition: number }>[]): Promise<void>;
}

/** kafkajs's own methods, for our own use of them. */
export type OffsetFetch = Broker['offsetFetch'];
type LeaveGroup = Broker['leaveGroup'];

export interface HookedBrokers {
  offsetFetch(broker: Broker, request: Parameters<OffsetFetch>[0]): ReturnType<OffsetFetch>;
  leaveGroup(broker: Broker, request: Parameters<LeaveGroup>[0]): ReturnType<LeaveGroup>;
}

const GONE: ReadonlySet<string | null> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);
const MADE_UP_OFFSET = '0';
const HEARTBEAT = 12;

export function hookBrokers(cluster: Cluster, hooks: GroupHooks): HookedBrokers {
  const originals = new WeakMap<Broker, { readonly offsetFetch: OffsetFetch; readonly leaveGroup: LeaveGroup }>();
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!originals.has(broker)) {
      checkBroker(broker);
      originals.set(broker, { offsetFetch: broker.offsetFetch.bind(broker), leaveGroup: broker.leaveGroup.bind(broker) });
      hookBroker(broker, hooks);
    }
    return broker;
  };
  return {
    offsetFetch: (broker, request) => (originals.get(broker)?.offsetFetch ?? broker.offsetFetch.bind(broker))(request),
    leaveGroup: (broker, request) => (originals.get(broker)?.leaveGroup ?? broker.leaveGroup.bind(broker))(request),
  };
}

function hookBroker(broker: Broker, hooks: GroupHooks): void {
  const joinGroup = broker.joinGroup.bind(broker);
  broker.joinGroup = async (request) => {
    refuseClosed(hooks);
    await hooks.joining();
    const group = await joinGroup(request);
    refuseClosed(hooks);
    hooks.joined({ memberId: group.memberId, generation: group.generationId, coordinator: broker });
    return group;
  };
  const syncGroup = broker.syncGroup.bind(broker);
  broker.syncGroup = async (request) => {
    refuseClosed(hooks);
    return await syncGroup(request);
  };
  const leaveGroup = broker.leaveGroup.bind(broker);
  broker.leaveGroup = (request) => {
    hooks.left();
    return leaveGroup(request);
  };
  const heartbeat = broker.heartbeat.bind(broker);
  broker.heartbeat = async (request) => {
    try {
      const answer = await retryOnceAfterTimeout(() => heartbeat(request));
      hooks.heartbeatAnswered();
      return answer;
    } catch (error) {
      const code = kafkaCodeOf(error);
      if (code === 'REBALANCE_IN_PROGRESS') hooks.heartbeatRefused('rebalancing', error);
      if (GONE.has(code)) hooks.heartbeatRefused('gone', error);
      await dropAfterTimeout(broker, HEARTBEAT, error);
      // kafkajs would ask the same dead broker again until it crashes; this makes it look for the coordinator at once.
      throw code === null && isConnection(error) ? rejoin('NOT_COORDINATOR_FOR_GROUP', error) : error;
    }
  };
  broker.fetch = async ({ topics }) => {
    refuseClosed(hooks);
    await hooks.poll(broker, topics);
    return { responses: [] };
  };
  broker.offsetFetch = ({ topics }) =>
    Promise.resolve({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, offset: MADE_UP_OFFSET, metadata: null })),
      })),
    });
  broker.offsetCommit = () => Promise.reject(new Error('kafkajs itself must not commit: the transport does.'));
}

/**
 * kafkajs's `stop` does not end a join that it is about to try again: it would come back over new connections, and hold
 * partitions that nobody reads, for as long as the process lives. This name makes its loops give up at once.
 */
function refuseClosed(hooks: GroupHooks): void {
  if (hooks.isClosed()) throw Object.assign(new Error('The consumer has stopped.'), { name: 'KafkaJSNotImplemented' });
}

/** A lost reply: asked again at once, since the session is running out. */
async function retryOnceAfterTimeout(send: () => Promise<unknown>): Promise<unknown> {
  try {
    return await send();
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return await send();
  }
}

/** An error that makes kafkajs's runner join the group again. */
export function rejoin(type: 'REBALANCE_IN_PROGRESS' | 'NOT_COORDINATOR_FOR_GROUP', cause: unknown): Error {
  return Object.assign(new Error(`Joining again: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }), {
    name: 'KafkaJSProtocolError',
    type,
    retriable: true,
  });
}
