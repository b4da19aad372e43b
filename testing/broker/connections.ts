/**
 * The brokers' ends of all connections. A broker takes one request of a connection at a time and answers in order, as
 * Kafka's SocketServer does by muting the channel: what arrives behind a parked request waits.
 */
import type { ConnectionId, NodeId, Reply, Request, Response } from './protocol.ts';

/** Requests that may wait behind a parked one: a client that sends more has lost its bounds. */
const MAX_WAITING_REQUESTS = 10_000;

interface Connection {
  readonly id: ConnectionId;
  readonly nodeId: NodeId;
  busy: boolean;
  closed: boolean;
  readonly waiting: Request[];
}

export type Handle = (nodeId: NodeId, request: Request, respond: (response: Response | null) => void) => void;

export class Connections {
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #handle: Handle;
  /** Connections whose parked request was answered while others wait. */
  readonly #free: Connection[] = [];
  #replies: Reply[] = [];

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  receive(nodeId: NodeId, id: ConnectionId, request: Request): void {
    let connection = this.#connections.get(id);
    if (connection === undefined) {
      connection = { id, nodeId, busy: false, closed: false, waiting: [] };
      this.#connections.set(id, connection);
    }
    if (connection.nodeId !== nodeId) throw new TypeError(`Connection ${id} leads to broker ${connection.nodeId}, not to ${nodeId}`);
    if (!connection.busy) {
      this.#start(connection, request);
    } else if (connection.waiting.length < MAX_WAITING_REQUESTS) {
      connection.waiting.push(request);
    } else {
      throw new RangeError(`Connection ${id} to broker ${nodeId}: more than ${MAX_WAITING_REQUESTS} requests wait behind a parked one`);
    }
  }

  close(id: ConnectionId): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.closed = true;
    connection.waiting.length = 0;
    this.#connections.delete(id);
  }

  /** Starts what waited behind requests that are answered by now. */
  continueFreed(): void {
    for (let connection = this.#free.pop(); connection !== undefined; connection = this.#free.pop()) {
      while (!connection.busy) {
        const request = connection.waiting.shift();
        if (request === undefined) break;
        this.#start(connection, request);
      }
    }
  }

  takeReplies(): readonly Reply[] {
    const replies = this.#replies;
    this.#replies = [];
    return replies;
  }

  #start(connection: Connection, request: Request): void {
    connection.busy = true;
    this.#handle(connection.nodeId, request, (response) => {
      connection.busy = false;
      if (connection.closed) return;
      if (response !== null)
        this.#replies.push({ nodeId: connection.nodeId, connection: connection.id, correlationId: request.correlationId, response });
      if (connection.waiting.length > 0) this.#free.push(connection);
    });
  }
}
