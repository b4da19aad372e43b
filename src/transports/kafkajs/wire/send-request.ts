import type { ProtocolRequest } from '../connections.ts';
import type { Broker } from '../kafkajs-internals.ts';
import { dropAfterTimeout } from '../kafkajs-internals.ts';

/** A request that we encode and decode ourselves; kafkajs frames it, sends it and finds its answer. */
export interface ApiRequest<Value> {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  /** Everything after the client id of the request's header. */
  readonly body: Buffer;
  /** Of everything after the correlation id. `throttleTimeMs`: how long the broker wants no further request (KIP-219). */
  readonly decode: (payload: Buffer) => { readonly throttleTimeMs: number; readonly value: Value };
}

/** The request may have left this process: an error no longer means that nothing happened. */
export const REQUEST_SENT: unique symbol = Symbol('kafka-rehearsal.request-sent');

const PRODUCE = 0;
const FETCH = 1;
/** Where kafkajs sends Fetch; the other one, 0, carries the rest. */
const FETCH_CONNECTION = 1;

/** One request, one attempt. A rejection carries `REQUEST_SENT` when bytes may have been written. */
export async function sendRequest<Value>(broker: Broker, request: ApiRequest<Value>, requestTimeoutMs?: number): Promise<Value> {
  const { apiKey } = request;
  let sent = false;
  try {
    const asked = protocolRequest(request, requestTimeoutMs, () => {
      sent = true;
    });
    return (await broker.connectionPool.send(asked)) as Value;
  } catch (error) {
    if (sent && error instanceof Error) Object.assign(error, { [REQUEST_SENT]: true });
    // Not that of a commit: heartbeats share it, and a rebalance costs more than a commit.
    if (apiKey === PRODUCE || apiKey === FETCH) await dropAfterTimeout(broker, apiKey, error);
    // As kafkajs's own Broker does: a closed connection is forgotten, so that the next request opens a new one.
    if ((error as { name?: unknown } | null)?.name === 'KafkaJSConnectionClosedError') await broker.disconnect();
    throw error;
  }
}

/** By the connection that is there for fetches: a request behind a JoinGroup or SyncGroup is not read before that is answered. */
export async function sendBeside<Value>(broker: Broker, request: ApiRequest<Value>): Promise<Value> {
  const connection = await broker.connectionPool.getConnection(FETCH_CONNECTION);
  return (await connection.send(protocolRequest(request, undefined, () => {}))) as Value;
}

function protocolRequest<Value>(request: ApiRequest<Value>, requestTimeoutMs: number | undefined, onSent: () => void): ProtocolRequest {
  const { apiKey, apiName, apiVersion, body } = request;
  return {
    request: {
      apiKey,
      apiName,
      apiVersion,
      encode: () => {
        onSent();
        return { buf: body, buffer: body };
      },
    },
    response: {
      decode: (payload) => {
        const { throttleTimeMs, value } = request.decode(payload);
        return { clientSideThrottleTime: throttleTimeMs, value };
      },
      parse: (decoded) => (decoded as { value: Value }).value,
    },
    logResponseError: false,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeout: requestTimeoutMs }),
  };
}

export function mayHaveBeenSent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && REQUEST_SENT in error;
}
