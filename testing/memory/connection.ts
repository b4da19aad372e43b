import { KafkaError } from '../../src/errors.ts';
import type { Api, NodeId, Reply, Request, RequestHeader, Response } from '../broker/protocol.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { SimulationEvent } from '../simulation/event-queue.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import { neverSettles } from '../simulation/incarnation.ts';
import { hashOf } from '../simulation/random.ts';
import { withoutStack } from '../simulation/without-stack.ts';
import type { BrokerHost } from './broker-host.ts';
import type { FaultInjector, Interference } from './fault-injector.ts';
import type { Encounter, NetworkFaults } from './network-faults.ts';
import type { RequestBody } from './request-body.ts';

/** What a connection needs of the network that it is part of. */
export interface ConnectionHome {
  readonly loop: EventLoop;
  readonly host: BrokerHost;
  readonly faults: FaultInjector;
  readonly troubles: NetworkFaults;
  forget(connection: Connection): void;
  hold(held: HeldRequest): void;
  release(held: HeldRequest): boolean;
  served(connection: Connection, owner: Incarnation): void;
  latencyMs(connectionHash: number, direction: number, count: number): number;
}

/** A request that waits until another connection of the same process was served. */
export interface HeldRequest {
  readonly connection: Connection;
  readonly owner: Incarnation;
  readonly overtaken: () => void;
}

interface OpenRequest {
  readonly correlationId: number;
  readonly api: Api;
  readonly timeout: SimulationEvent;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: KafkaError) => void;
  /** Set on the way by a fault. */
  change: ((response: Response) => Response | null) | null;
}

interface EventNames {
  readonly arrival: string;
  readonly reply: string;
  readonly timeOut: string;
}

/** One connection of one process to one broker: first in, first out, in each direction. */
export class Connection {
  readonly nodeId: NodeId;
  readonly #network: ConnectionHome;
  readonly #owner: Incarnation;
  readonly #id: string;
  readonly #hash: number;
  /** What its events are called in the trace, by request: put together once. */
  readonly #names = new Map<Api, EventNames>();
  /** Names of its two directions, each first in, first out. */
  readonly #outbound: string;
  readonly #inbound: string;
  /** Seldom more than one: looking through them is quicker than a map. */
  readonly #open: OpenRequest[] = [];
  readonly #forgetOwner: () => void;
  #sent = 0;
  #answered = 0;
  #lastArrivalAt = 0;
  #lastReplyAt = 0;
  /** Nothing arrives before then. */
  #heldUntil = 0;
  #copies = 0;
  /** Broken, and the process has not heard of it yet. */
  #severed = false;
  #closed = false;

  constructor(network: ConnectionHome, owner: Incarnation, nodeId: NodeId, id: string) {
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
    return this.#open.length > 0;
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
      const names = this.#namesOf(body.api);
      const timeout = loop.schedule(loop.now + timeoutMs, this.#owner, names.timeOut, () => this.#timeOut(request, timeoutMs));
      this.#open.push({
        correlationId: this.#sent,
        api: body.api,
        timeout,
        resolve: resolve as unknown as (response: Response) => void,
        reject,
        change: null,
      });
      this.#lastArrivalAt = Math.max(this.#lastArrivalAt, loop.now + this.#network.latencyMs(this.#hash, 0, this.#sent));
      loop.schedule(this.#lastArrivalAt, null, names.arrival, () => this.#arrive(request), {
        queue: this.#outbound,
        content: request,
        silent: true,
      });
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  #namesOf(api: Api): EventNames {
    let names = this.#names.get(api);
    if (names === undefined) {
      names = { arrival: `${api} ${this.#id}`, reply: `${api} reply ${this.#id}`, timeOut: `${api} timed out` };
      this.#names.set(api, names);
    }
    return names;
  }

  /** Open requests reject. Idempotent. */
  close(): void {
    if (this.#closed) return;
    const open = [...this.#open];
    this.#disconnect();
    for (const { api, reject } of open)
      reject(withoutStack(() => new KafkaError('BROKER_UNREACHABLE', `The connection ${this.#id} was closed while ${api} was open`)));
  }

  /** It breaks: the broker forgets it at once, and the process hears of it a little later. */
  cut(): void {
    if (this.#closed || this.#severed) return;
    this.#severed = true;
    const { loop, host } = this.#network;
    host.disconnect(this.#id);
    this.#answered += 1;
    this.#lastReplyAt = Math.max(this.#lastReplyAt, loop.now + this.#network.latencyMs(this.#hash, 1, this.#answered));
    loop.schedule(this.#lastReplyAt, this.#owner, `cut ${this.#id}`, () => this.close(), { queue: this.#inbound });
  }

  #disconnect(): void {
    this.#closed = true;
    this.#network.forget(this);
    this.#forgetOwner();
    for (const each of this.#open) this.#network.loop.cancel(each.timeout);
    this.#open.length = 0;
    // What was sent before still arrives, as from the socket of a killed process; only then does the broker see the end.
    const { loop, host } = this.#network;
    loop.schedule(this.#lastArrivalAt, null, `disconnect ${this.#id}`, () => host.disconnect(this.#id), {
      queue: this.#outbound,
      silent: true,
    });
  }

  #arrive(request: Request): void {
    const { loop, host } = this.#network;
    // First in, first out: what comes behind a late request is late as well.
    if (loop.now < this.#heldUntil) {
      loop.schedule(this.#heldUntil, null, `${request.api} ${this.#id} waits`, () => this.#arrive(request), { queue: this.#outbound });
      return;
    }
    if (this.#severed) return;
    if (!host.cluster.isUp(this.nodeId)) return this.cut();
    const interference = this.#network.faults.interfere(this.#owner.name, request);
    const encounter = interference === null ? this.#network.troubles.meet(this.#owner.name, request) : null;
    // Whoever is told of a fault may wait for it.
    if (interference !== null || encounter !== null) loop.stir();
    if (interference !== null) return this.#interfere(interference, request);
    if (encounter !== null) return this.#meet(encounter, request);
    this.#submit(request);
  }

  #submit(request: Request): void {
    this.#network.host.submit(this.nodeId, this.#id, request);
    this.#network.served(this, this.#owner);
  }

  #interfere(interference: Interference, request: Request): void {
    switch (interference.does) {
      case 'lose-request':
        return;
      case 'answer':
        return this.#answer(request, interference.response);
      case 'lose-reply':
        return this.#loseReply(request, interference.felt);
      case 'shrink':
        this.#change(request, interference.complete);
        return this.#submit(interference.remaining);
    }
  }

  #meet(encounter: Encounter, request: Request): void {
    const { loop } = this.#network;
    switch (encounter.does) {
      case 'lose-request':
        return;
      case 'answer':
        return this.#answer(request, encounter.response);
      case 'lose-reply':
        return this.#loseReply(request, encounter.felt);
      case 'change-reply':
        this.#change(request, encounter.change);
        return this.#submit(request);
      case 'delay-request':
        this.#heldUntil = loop.now + encounter.ms;
        loop.schedule(this.#heldUntil, null, `${request.api} ${this.#id} late`, () => this.#submitLate(request), { queue: this.#outbound });
        return;
      case 'delay-reply':
        this.#change(request, (response) => {
          encounter.felt();
          this.#lastReplyAt = Math.max(this.#lastReplyAt, loop.now + encounter.ms);
          return response;
        });
        return this.#submit(request);
      case 'overtake':
        return this.#waitToBeOvertaken(request, encounter);
      case 'cut':
        if (encounter.done) this.#submit(request);
        return this.cut();
      case 'duplicate':
        this.#submit(request);
        // Nobody waits for the answer to the copy.
        this.#copies += 1;
        return this.#submit({ ...request, correlationId: -this.#copies });
    }
  }

  #submitLate(request: Request): void {
    if (this.#severed) return;
    if (this.#network.host.cluster.isUp(this.nodeId)) this.#submit(request);
    else this.cut();
  }

  #waitToBeOvertaken(request: Request, { ms, felt }: Extract<Encounter, { readonly does: 'overtake' }>): void {
    const { loop } = this.#network;
    this.#heldUntil = loop.now + ms;
    const go = (wasOvertaken: boolean): void => {
      if (!this.#network.release(held)) return;
      loop.cancel(limit);
      this.#heldUntil = loop.now;
      loop.stir();
      if (wasOvertaken) felt();
      loop.schedule(loop.now, null, `${request.api} ${this.#id} late`, () => this.#submitLate(request), { queue: this.#outbound });
    };
    const held = { connection: this as Connection, owner: this.#owner, overtaken: () => go(true) };
    const limit = loop.schedule(this.#heldUntil, null, `${request.api} ${this.#id} not overtaken`, () => go(false), {
      queue: this.#outbound,
    });
    this.#network.hold(held);
  }

  #answer({ correlationId }: Request, response: Response): void {
    this.#reply({ nodeId: this.nodeId, connection: this.#id, correlationId, response });
  }

  #loseReply(request: Request, felt: () => void): void {
    this.#change(request, () => {
      felt();
      return null;
    });
    this.#submit(request);
  }

  #change({ correlationId }: Request, change: (response: Response) => Response | null): void {
    const open = this.#openRequest(correlationId);
    if (open !== undefined) open.change = change;
  }

  #reply(reply: Reply): void {
    if (this.#closed) return;
    const open = this.#openRequest(reply.correlationId);
    const { loop } = this.#network;
    const change = open?.change ?? null;
    if (change !== null) loop.stir();
    const response = change === null ? reply.response : change(reply.response);
    if (response === null) return;
    this.#answered += 1;
    this.#lastReplyAt = Math.max(this.#lastReplyAt, loop.now + this.#network.latencyMs(this.#hash, 1, this.#answered));
    const { reply: name } = this.#namesOf(response.api);
    loop.schedule(this.#lastReplyAt, this.#owner, name, () => this.#settle(reply.correlationId, response), {
      queue: this.#inbound,
      content: response,
    });
  }

  #openRequest(correlationId: number): OpenRequest | undefined {
    return this.#open.find((each) => each.correlationId === correlationId);
  }

  #takeOpen(correlationId: number): OpenRequest | undefined {
    const index = this.#open.findIndex((each) => each.correlationId === correlationId);
    return index < 0 ? undefined : this.#open.splice(index, 1)[0];
  }

  #settle(correlationId: number, response: Response): void {
    const open = this.#takeOpen(correlationId);
    // Answered after the time-out: the caller has been told already.
    if (open === undefined) return;
    this.#network.loop.cancel(open.timeout);
    open.resolve(response);
  }

  #timeOut(request: Request, timeoutMs: number): void {
    const open = this.#takeOpen(request.correlationId);
    if (open === undefined) return;
    const message = `Broker ${this.nodeId} did not answer ${request.api} of ${this.#owner.name} within ${timeoutMs} ms`;
    open.reject(withoutStack(() => new KafkaError('BROKER_UNREACHABLE', message, { kafkaCode: 'REQUEST_TIMED_OUT' })));
  }
}
