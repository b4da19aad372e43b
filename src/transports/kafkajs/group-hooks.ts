import { GroupExit } from './group-exit.ts';
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
 * - Joins that meet are one, a failed SyncGroup begins a new one, and no join goes on after a stop.
 */
export interface GroupHooks {
  /** The consumer was stopped: it joins no more. */
  isOver(): boolean;
  /** Resolves when a consumer that was stopped has left the group, or need not wait for it any more. */
  left(): Promise<void>;
  /** It has left, or needs not wait for it: whatever kafkajs still begins is to end. */
  isClosed(): boolean;
  /** Before JoinGroup is sent, also where kafkajs rejoins without an event. May take as long as a rebalance's grace. */
  joining(): Promise<void>;
  joined(membership: Membership): void;
  now(): number;
  /** `sentAt`: the answer may have waited in a buffer while this process stood still, and the coordinator have changed its mind since. */
  heartbeatAnswered(sentAt: number): void;
  /** `rebalancing`: the membership still took commits then. `gone`: it does not. */
  heartbeatRefused(kind: 'rebalancing' | 'gone', sentAt: number, error: unknown): void;
  /** Called in a loop for each broker; resolves within a heartbeat interval. A rejection with `rejoin()` makes kafkajs join again. */
  poll(broker: Broker, led: readonly TopicPartitions<{ readonly partition: number }>[]): Promise<void>;
}

/** kafkajs's own methods, for our own use of them. */
export type OffsetFetch = Broker['offsetFetch'];
type Heartbeat = Broker['heartbeat'];

export interface HookedBrokers {
  heartbeat(broker: Broker, request: Parameters<Heartbeat>[0]): ReturnType<Heartbeat>;
  offsetFetch(broker: Broker, request: Parameters<OffsetFetch>[0]): ReturnType<OffsetFetch>;
  /** Leaves the group, also in the middle of a join. `membership`: asked for once no join is under way. */
  leave(groupId: string, membership: () => Membership | null): Promise<void>;
}

const GONE: ReadonlySet<string | null> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);
const MADE_UP_OFFSET = '0';
export const HEARTBEAT = 12;

export function hookBrokers(cluster: Cluster, hooks: GroupHooks): HookedBrokers {
  const originals = new WeakMap<Broker, { readonly heartbeat: Heartbeat; readonly offsetFetch: OffsetFetch }>();
  const exit = new GroupExit();
  const joins: Joins = { current: null, isToSync: false };
  const getNodeIds = cluster.getNodeIds.bind(cluster);
  // Asked before every fetch. Where a broker came or went while it is stopped, kafkajs begins to fetch anew from all, with
  // nobody left to end it: its fetches return at once, for ever, and nothing else of the process has a turn again.
  cluster.getNodeIds = () => {
    if (hooks.isClosed()) throw ended();
    return getNodeIds();
  };
  const refreshMetadata = cluster.refreshMetadata.bind(cluster);
  // A leader that kafkajs stops here would send no SyncGroup, and leave its group waiting. What it does not know of now, it
  // notices later, and has the group join again.
  cluster.refreshMetadata = async () => {
    try {
      await refreshMetadata();
    } catch (error) {
      if (!joins.isToSync) throw error;
    }
  };
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!originals.has(broker)) {
      checkBroker(broker);
      originals.set(broker, { heartbeat: broker.heartbeat.bind(broker), offsetFetch: broker.offsetFetch.bind(broker) });
      hookBroker(broker, hooks, exit, joins);
    }
    return broker;
  };
  return {
    heartbeat: (broker, request) => (originals.get(broker)?.heartbeat ?? broker.heartbeat.bind(broker))(request),
    offsetFetch: (broker, request) => (originals.get(broker)?.offsetFetch ?? broker.offsetFetch.bind(broker))(request),
    leave: (groupId, membership) => exit.leave(groupId, membership),
  };
}

/** The join that is under way. Where partitions were added each of kafkajs's fetch loops joins by itself: they all take part in one. */
interface Joins {
  current: ReturnType<Broker['joinGroup']> | null;
  /** JoinGroup was answered, and SyncGroup is not yet on its way: a leader assigns. */
  isToSync: boolean;
}

function hookBroker(broker: Broker, hooks: GroupHooks, exit: GroupExit, joins: Joins): void {
  const joinGroup = broker.joinGroup.bind(broker);
  const join: Broker['joinGroup'] = async (request) => {
    await refuseJoin(hooks);
    await hooks.joining();
    await refuseJoin(hooks);
    joins.isToSync = false;
    const group = await exit.watchJoin(broker, request.memberId, () => joinGroup(request));
    joins.isToSync = true;
    hooks.joined({ memberId: group.memberId, generation: group.generationId, coordinator: broker });
    await refuseJoin(hooks);
    return group;
  };
  broker.joinGroup = (request) =>
    (joins.current ??= join(request).finally(() => {
      joins.current = null;
    }));
  // A new member is told its id in an error, and kafkajs joins once more with that; only here it can be seen.
  const send = broker.connectionPool.send.bind(broker.connectionPool);
  broker.connectionPool.send = async (request) => {
    try {
      return await send(request);
    } catch (error) {
      const { name, memberId } = error as { readonly name?: unknown; readonly memberId?: unknown };
      if (name !== 'KafkaJSMemberIdRequired' || typeof memberId !== 'string') throw error;
      exit.identified(memberId);
      await refuseJoin(hooks);
      throw error;
    }
  };
  const syncGroup = broker.syncGroup.bind(broker);
  broker.syncGroup = async (request) => {
    joins.isToSync = false;
    await refuseJoin(hooks);
    try {
      return await exit.watchJoin(broker, request.memberId, () => syncGroup(request));
    } catch (error) {
      // kafkajs would go on with heartbeats, which are taken, and without partitions, until the group gives it up.
      throw kafkaCodeOf(error) === null && isConnection(error) ? rejoin('REBALANCE_IN_PROGRESS', error) : error;
    }
  };
  const leaveGroup = broker.leaveGroup.bind(broker);
  broker.leaveGroup = (request) => (exit.hasLeft(request.memberId) ? Promise.resolve(null) : leaveGroup(request));
  const heartbeat = broker.heartbeat.bind(broker);
  broker.heartbeat = async (request) => {
    let sentAt = hooks.now();
    try {
      const answer = await retryOnceAfterTimeout(() => {
        sentAt = hooks.now();
        return heartbeat(request);
      });
      hooks.heartbeatAnswered(sentAt);
      return answer;
    } catch (error) {
      const code = kafkaCodeOf(error);
      if (code === 'REBALANCE_IN_PROGRESS') hooks.heartbeatRefused('rebalancing', sentAt, error);
      if (isFenced(error)) hooks.heartbeatRefused('gone', sentAt, error);
      await dropAfterTimeout(broker, HEARTBEAT, error);
      // kafkajs would ask the same dead broker again until it crashes; this makes it look for the coordinator at once.
      throw code === null && isConnection(error) ? rejoin('NOT_COORDINATOR_FOR_GROUP', error) : error;
    }
  };
  broker.fetch = async ({ topics }) => {
    if (hooks.isClosed()) throw ended();
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
 * partitions that nobody reads, for as long as the process lives. Not before the group is left: kafkajs closes every
 * connection when its loops have given up.
 */
async function refuseJoin(hooks: GroupHooks): Promise<void> {
  if (!hooks.isOver()) return;
  await hooks.left();
  throw ended();
}

/** By this name kafkajs's loops give up at once. */
function ended(): Error {
  return Object.assign(new Error('The consumer has stopped.'), { name: 'KafkaJSNotImplemented' });
}

/** The coordinator no longer takes the member for one of the group. */
export function isFenced(error: unknown): boolean {
  return GONE.has(kafkaCodeOf(error));
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
