import type { Cluster } from '../broker/cluster.ts';
import type { Disturbance } from '../broker/disturbance.ts';
import type { Api, ConnectionId, NodeId, Reply, Request, RequestHeader, Response } from '../broker/protocol.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { SimulationEvent } from '../simulation/event-queue.ts';
import type { RequestBody } from './request-body.ts';

/** Takes the replies of one connection as they leave the broker. */
export type ReplySink = (reply: Reply) => void;

const DIRECT = 'venue';
/** Brokers know no promises. */
const SILENT = { silent: true };

/** A connection leads to one broker. */
function directTo(nodeId: NodeId): ConnectionId {
  return `${DIRECT}@${nodeId}`;
}

/** Runs the broker core in virtual time: hands requests in, wakes it at its own deadlines, passes replies on. */
export class BrokerHost {
  readonly cluster: Cluster;
  readonly #loop: EventLoop;
  readonly #sinks = new Map<ConnectionId, ReplySink>();
  #wakeUp: SimulationEvent | null = null;
  #directReply: Response | null = null;
  #directCount = 0;

  constructor(cluster: Cluster, loop: EventLoop) {
    this.cluster = cluster;
    this.#loop = loop;
    for (const nodeId of cluster.nodeIds) {
      this.#sinks.set(directTo(nodeId), (reply) => {
        this.#directReply = reply.response;
      });
    }
  }

  connect(connection: ConnectionId, sink: ReplySink): void {
    this.#sinks.set(connection, sink);
  }

  /** As when the client's socket closes: the broker forgets the open requests of this connection. */
  disconnect(connection: ConnectionId): void {
    if (!this.#sinks.delete(connection)) return;
    this.cluster.disconnect(connection);
    this.#setWakeUp();
  }

  submit(nodeId: NodeId, connection: ConnectionId, request: Request): void {
    this.#pass(this.cluster.submit(nodeId, connection, request, this.#loop.now));
  }

  /** True where it changed anything. */
  disturb(disturbance: Disturbance): boolean {
    const { changed, replies } = this.cluster.disturb(disturbance, this.#loop.now);
    this.#pass(replies);
    return changed;
  }

  /** A broker that is up. */
  anyNode(): NodeId {
    return this.cluster.nodeIds.find((nodeId) => this.cluster.isUp(nodeId)) as NodeId;
  }

  /** The venue's own request over a connection of its own, answered when the broker does: a promise only where that is later. */
  askLater<A extends Api>(nodeId: NodeId, body: RequestBody<A>): Response<A> | Promise<Response<A>> {
    this.#directCount += 1;
    const connection = `${DIRECT}-${this.#directCount}@${nodeId}`;
    const header: RequestHeader = { correlationId: this.#directCount, clientId: DIRECT };
    let answered: Response<A> | null = null;
    let answer = (response: Response<A>): void => {
      answered = response;
    };
    this.#sinks.set(connection, (reply) => {
      this.#sinks.delete(connection);
      this.#loop.stir();
      answer(reply.response as unknown as Response<A>);
    });
    this.submit(nodeId, connection, { ...header, ...body } as unknown as Request);
    return (
      answered ??
      new Promise((resolve) => {
        answer = resolve;
      })
    );
  }

  /** The venue's own request, answered in no time: for kinds that a broker never holds back. */
  ask<A extends Api>(nodeId: NodeId, body: RequestBody<A>): Response<A> {
    this.#directReply = null;
    this.#directCount += 1;
    const header: RequestHeader = { correlationId: this.#directCount, clientId: DIRECT };
    this.submit(nodeId, directTo(nodeId), { ...header, ...body } as unknown as Request);
    if (this.#directReply === null) throw new Error(`The broker held back a ${body.api} request of the venue's own`);
    return this.#directReply as Response<A>;
  }

  #pass(replies: readonly Reply[]): void {
    for (const reply of replies) this.#sinks.get(reply.connection)?.(reply);
    this.#setWakeUp();
  }

  #setWakeUp(): void {
    const deadline = this.cluster.nextDeadline();
    if (this.#wakeUp !== null) {
      if (!this.#wakeUp.cancelled && this.#wakeUp.at === deadline) return;
      this.#loop.cancel(this.#wakeUp);
      this.#wakeUp = null;
    }
    if (deadline === null) return;
    this.#wakeUp = this.#loop.schedule(deadline, null, 'broker deadline', () => this.#pass(this.cluster.advance(this.#loop.now)), SILENT);
  }
}
