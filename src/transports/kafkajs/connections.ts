/** kafkajs's connections, mended: made once, and closed for good. */
import kafkajs from 'kafkajs';
import type { Clock } from '../../clock.ts';
import { within } from './wait.ts';

export interface ProtocolRequest {
  readonly request: { readonly apiKey: number; readonly apiName: string; readonly apiVersion: number; encode(): unknown };
  readonly response: { decode(payload: Buffer): unknown; parse(decoded: unknown): unknown };
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
}

export interface RequestQueue {
  pending: unknown[];
  readonly inflight: ReadonlyMap<number, unknown>;
  throttledUntil: number;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  /** Clears its timers: a new connection was made, or it is closed. */
  destroy(): void;
  rejectAll(error: Error): void;
  fulfillRequest(answer: { readonly correlationId: number }): void;
}

export interface Connection {
  readonly requestQueue: RequestQueue;
  readonly socket?: {
    readonly destroyed: boolean;
    /** By us: the other side has to do the same now. */
    readonly writableEnded: boolean;
    destroy(error?: Error): void;
    once(event: 'close', listener: () => void): void;
  };
  /** Whoever waits for an answer of the log-in. */
  readonly authHandlers?: { onError(): void } | null;
  connect(): Promise<boolean>;
  isConnected(): boolean;
  send(request: ProtocolRequest): Promise<unknown>;
  /** Ends the socket, and with it what kafkajs does for it. Waits for every answer first. */
  disconnect(): Promise<unknown>;
}

/** Those of a cluster. */
export interface Connections {
  /** With a socket that is not closed. In an outage kafkajs makes new ones as long as it lasts: none is kept beyond its socket. */
  readonly connections: Set<Connection>;
  /** Why nothing connects any more. Null while it may. */
  closedBecause: string | null;
}

/** So long a broker may take to close its side. One that is well takes a few milliseconds. */
const GOODBYE_MS = 200;

/** Requests that nobody waits for any more, by queue. */
const ABANDONED = new WeakMap<RequestQueue, Set<number>>();

/** Whoever waits for an answer gets `reason` instead, now. */
export function rejectRequests({ connections }: Connections, reason: string): void {
  for (const { requestQueue } of connections) {
    const abandoned = ABANDONED.get(requestQueue) ?? new Set();
    for (const correlationId of requestQueue.inflight.keys()) abandoned.add(correlationId);
    ABANDONED.set(requestQueue, abandoned);
    requestQueue.rejectAll(new Error(reason));
  }
}

/** kafkajs warns of every answer that comes for what `rejectRequests` gave up. */
export function dropAbandonedAnswers(queue: RequestQueue): void {
  const fulfill = queue.fulfillRequest.bind(queue);
  queue.fulfillRequest = (answer) => {
    if (ABANDONED.get(queue)?.delete(answer.correlationId) !== true) fulfill(answer);
  };
}

/**
 * Closes for good, and waits for nobody longer than `GOODBYE_MS`: kafkajs waits for every answer first, never closes a socket
 * that stays open over there, and what it was about to connect it connects after its `disconnect`. Afterwards no socket is
 * open, and kafkajs has no timer left for one.
 */
export async function closeConnections(access: Connections, reason: string, clock: Clock): Promise<void> {
  access.closedBecause = reason;
  rejectRequests(access, reason);
  const closed = [...access.connections].map(async (connection) => {
    const { socket } = connection;
    if (socket === undefined || socket.destroyed) return;
    const gone = Promise.withResolvers<void>();
    socket.once('close', gone.resolve);
    // kafkajs itself tells this one only when the other side ends the connection.
    connection.authHandlers?.onError();
    if (connection.isConnected()) await connection.disconnect();
    // Not open yet, and kafkajs would open it; an error is what it understands.
    else if (!socket.writableEnded) socket.destroy(new Error(reason));
    await gone.promise;
  });
  await within(clock, GOODBYE_MS, Promise.all(closed), undefined);
  rejectRequests(access, reason);
  for (const connection of access.connections) {
    if (connection.socket?.destroyed !== false) continue;
    // Without an error kafkajs does not notice, and looks after the requests of a connection that it takes for open every 100 ms, for ever.
    connection.socket.destroy(connection.isConnected() ? new Error(reason) : undefined);
  }
}

/**
 * Two holes of kafkajs's `connect`. Calls that meet (a request of ours beside one of its own) open a socket each, of which the
 * last one is known and the others stay open for ever. And what was under way when its cluster was closed goes on to connect,
 * when nobody is left to close that.
 */
export function connectOnce(connection: Connection, access: Connections): void {
  const connect = connection.connect.bind(connection);
  let connecting: Promise<boolean> | null = null;
  connection.connect = () => {
    // kafkajs tries again what does not say that it is in vain.
    if (access.closedBecause !== null) return Promise.reject(Object.assign(new Error(access.closedBecause), { retriable: false }));
    if (connection.isConnected()) return connect();
    connecting ??= connectOrClose(connection, connect, access).finally(() => {
      connecting = null;
    });
    return connecting;
  };
}

/** A socket that closes without an error before it was open would leave kafkajs waiting. */
function connectOrClose(connection: Connection, connect: () => Promise<boolean>, { connections }: Connections): Promise<boolean> {
  const attempt = connect();
  const { socket } = connection;
  // None could be made; what stands there is of an earlier attempt.
  if (socket === undefined || socket.destroyed) return attempt;
  connections.add(connection);
  const closed = Promise.withResolvers<never>();
  socket.once('close', () => {
    if (connection.socket === socket) connections.delete(connection);
    closed.reject(new kafkajs.KafkaJSConnectionError('Connection error: it was closed'));
  });
  return Promise.race([attempt, closed.promise]);
}
