import { KafkaError } from '../../src/errors.ts';
import type { Api, NodeId, Reply, Request, RequestHeader, Response } from '../broker/protocol.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { SimulationEvent } from '../simulation/event-queue.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import { neverSettles } from '../simulation/incarnation.ts';
import { hashOf } from '../simulation/random.ts';
import type { BrokerHost } from './broker-host.ts';
import type { FaultInjector } from './fault-injector.ts';
import type { RequestBody } from './request-body.ts';

export interface NetworkOptions {
  readonly seed: number;
  /** One way takes from `minLatencyMs` to `maxLatencyMs` virtual milliseconds. Default 1 and 4. */
  readonly minLatencyMs?: number;
  readonly maxLatencyMs?: number;
}

/** Everything that the connections of one simulation share. */
export class Network {
  readonly loop: EventLoop;
  readonly host: BrokerHost;
  readonly faults: FaultInjector;
  readonly #seed: number;
  readonly #minLatencyMs: number;
  readonly #latencySpreadMs: number;

  constructor(loop: EventLoop, host: BrokerHost, faults: FaultInjector, options: NetworkOptions) {
    this.loop = loop;
    this.host = host;
    this.faults = faults;
    this.#seed = hashOf(options.seed, 'latency');
    this.#minLatencyMs = options.minLatencyMs ?? 1;
    this.#latencySpreadMs = (options.maxLatencyMs ?? 4) - this.#minLatencyMs + 1;
  }

  /** `purpose` tells several connections of one process to one broker apart, and must be unique among them. */
  connect(owner: Incarnation, nodeId: NodeId, purpose: string): Connection {
    return new Connection(this, owner, nodeId, `${owner.name}/${purpose}@${nodeId}`);
  }

  /** From (seed, connection, direction, n) alone, so that one more message elsewhere shifts nothing here. */
  latencyMs(connectionHash: number, direction: number, count: number): number {
    return this.#minLatencyMs + (hashOf(this.#seed, connectionHash, direction, count) % this.#latencySpreadMs);
  }
}

interface OpenRequest {
  readonly api: Api;
  readonly timeout: SimulationEvent;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: KafkaError) => void;
  /** Set on the way by a fault. */
  change: ((response: Response) => Response | null) | null;
}

/** One connection of one process to one broker: first in, first out, in each direction. */
export class Connection {
  readonly nodeId: NodeId;
  readonly #network: Network;
  readonly #owner: Incarnation;
  readonly #id: string;
  readonly #hash: number;
  /** Names of its two directions, each first in, first out. */
  readonly #outbound: string;
  readonly #inbound: string;
  readonly #open = new Map<number, OpenRequest>();
  readonly #forgetOwner: () => void;
  #sent = 0;
  #answered = 0;
  #lastArrivalAt = 0;
  #lastReplyAt = 0;
  #closed = false;

  constructor(network: Network, owner: Incarnation, nodeId: NodeId, id: string) {
    this.nodeId = nodeId;
    this.#network = network;
    this.#owner = owner;
    this.#id = id;
    this.#hash = hashOf(id);
    this.#outbound = `to ${id}`;
    this.#inbound = `from ${id}`;
    network.host.connect(id, (reply) => this.#reply(reply));
    this.#forgetOwner = owner.onKill(() => this.#disconnect());
  }

  /** True while an answer is awaited: the broker takes the next request only after it. */
  get busy(): boolean {
    return this.#open.size > 0;
  }

  /** Rejects with BROKER_UNREACHABLE when no answer came within `timeoutMs`, or the connection is closed. */
  request<A extends Api>(body: RequestBody<A>, timeoutMs: number): Promise<Response<A>> {
    if (this.#owner.refuses(() => `sent ${body.api} to broker ${this.nodeId}`)) return neverSettles();
    if (this.#closed)
      return Promise.reject(new KafkaError('BROKER_UNREACHABLE', `The connection ${this.#id} is closed: ${body.api} was not sent`));
    this.#sent += 1;
    const header: RequestHeader = { correlationId: this.#sent, clientId: this.#owner.name };
    const request = { ...header, ...body } as unknown as Request;
    return new Promise((resolve, reject) => {
      const { loop } = this.#network;
      const timeout = loop.schedule(loop.now + timeoutMs, this.#owner, `${body.api} timed out`, () => this.#timeOut(request, timeoutMs));
      this.#open.set(this.#sent, {
        api: body.api,
        timeout,
        resolve: resolve as unknown as (response: Response) => void,
        reject,
        change: null,
      });
      this.#lastArrivalAt = Math.max(this.#lastArrivalAt, loop.now + this.#network.latencyMs(this.#hash, 0, this.#sent));
      loop.schedule(this.#lastArrivalAt, null, `${body.api} ${this.#id}`, () => this.#arrive(request), {
        queue: this.#outbound,
        content: request,
      });
    });
  }

  /** Open requests reject. Idempotent. */
  close(): void {
    if (this.#closed) return;
    const open = [...this.#open.values()];
    this.#disconnect();
    for (const each of open)
      each.reject(new KafkaError('BROKER_UNREACHABLE', `The connection ${this.#id} was closed while ${each.api} was open`));
  }

  #disconnect(): void {
    this.#closed = true;
    this.#forgetOwner();
    for (const each of this.#open.values()) this.#network.loop.cancel(each.timeout);
    this.#open.clear();
    // What was sent before still arrives, as from the socket of a killed process; only then does the broker see the end.
    const { loop, host } = this.#network;
    loop.schedule(this.#lastArrivalAt, null, `disconnect ${this.#id}`, () => host.disconnect(this.#id), { queue: this.#outbound });
  }

  #arrive(request: Request): void {
    const interference = this.#network.faults.interfere(this.#owner.name, request);
    if (interference === null) return this.#network.host.submit(this.nodeId, this.#id, request);
    const open = this.#open.get(request.correlationId);
    switch (interference.does) {
      case 'lose-request':
        return;
      case 'answer':
        return this.#reply({
          nodeId: this.nodeId,
          connection: this.#id,
          correlationId: request.correlationId,
          response: interference.response,
        });
      case 'lose-reply':
        if (open !== undefined) {
          open.change = () => {
            interference.felt();
            return null;
          };
        }
        return this.#network.host.submit(this.nodeId, this.#id, request);
      case 'shrink':
        if (open !== undefined) open.change = interference.complete;
        return this.#network.host.submit(this.nodeId, this.#id, interference.remaining);
    }
  }

  #reply(reply: Reply): void {
    const open = this.#open.get(reply.correlationId);
    const response = open === undefined || open.change === null ? reply.response : open.change(reply.response);
    if (response === null) return;
    const { loop } = this.#network;
    this.#answered += 1;
    this.#lastReplyAt = Math.max(this.#lastReplyAt, loop.now + this.#network.latencyMs(this.#hash, 1, this.#answered));
    loop.schedule(this.#lastReplyAt, this.#owner, `${response.api} reply ${this.#id}`, () => this.#settle(reply.correlationId, response), {
      queue: this.#inbound,
      content: response,
    });
  }

  #settle(correlationId: number, response: Response): void {
    const open = this.#open.get(correlationId);
    // Answered after the time-out: the caller has been told already.
    if (open === undefined) return;
    this.#open.delete(correlationId);
    this.#network.loop.cancel(open.timeout);
    open.resolve(response);
  }

  #timeOut(request: Request, timeoutMs: number): void {
    const open = this.#open.get(request.correlationId);
    if (open === undefined) return;
    this.#open.delete(request.correlationId);
    const message = `Broker ${this.nodeId} did not answer ${request.api} of ${this.#owner.name} within ${timeoutMs} ms`;
    open.reject(new KafkaError('BROKER_UNREACHABLE', message, { kafkaCode: 'REQUEST_TIMED_OUT' }));
  }
}
