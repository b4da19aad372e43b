import type { BrokerErrorCode } from '../broker/error-code.ts';
import type { Request, Response } from '../broker/protocol.ts';
import { isNetworkFault } from '../fault/catalogue.ts';
import type { FaultCounts } from '../fault/fault-counts.ts';
import type { Fault, FaultApi, NetworkFault } from '../fault.ts';
import { refusalOf } from './refusal.ts';

/** What the simulated network does with one request. `felt` is to be called where it depends on what comes. */
export type Encounter =
  | { readonly does: 'lose-request' }
  | { readonly does: 'answer'; readonly response: Response }
  | { readonly does: 'delay-request'; readonly ms: number }
  | { readonly does: 'delay-reply'; readonly ms: number; readonly felt: () => void }
  | { readonly does: 'lose-reply'; readonly felt: () => void }
  /** Held until another connection of the same sender was served, or for `ms`. */
  | { readonly does: 'overtake'; readonly ms: number; readonly felt: () => void }
  | { readonly does: 'cut'; readonly done: boolean }
  | { readonly does: 'duplicate' }
  | { readonly does: 'change-reply'; readonly change: (response: Response) => Response };

type ArmedFault = { readonly fault: Extract<Fault, NetworkFault>; remaining: number };
type Place = { readonly topic: string; readonly partition: number };

/** How long a request waits for another to overtake it (virtual ms). */
const OVERTAKE_LIMIT_MS = 1_000;

/** Faults of the simulated network that wait for what they are meant for. In the order of injection; one meets one request. */
export class NetworkFaults {
  readonly #counts: FaultCounts;
  readonly #armed: ArmedFault[] = [];

  constructor(counts: FaultCounts) {
    this.#counts = counts;
  }

  inject(fault: Fault): void {
    if (isNetworkFault(fault)) this.#armed.push({ fault, remaining: fault.times ?? 1 });
  }

  disarm(): void {
    this.#armed.length = 0;
  }

  /** Null: nothing is meant for this request. `sender` is the incarnation's name, such as `m1#2`. */
  meet(sender: string, request: Request): Encounter | null {
    if (this.#armed.length === 0) return null;
    const armed = this.#take(
      ({ fault }) => fault.kind !== 'stale-batch' && apiOf(fault) === request.api && isMeantFor(fault, sender, request),
    );
    return armed === null ? null : this.#encounter(armed, request as Request<FaultApi>);
  }

  /** What to call when a batch of this place, held back now, was handed over as one of the next assignment; null for no such fault. */
  holdsBatchBack(sender: string, place: Place): (() => void) | null {
    if (this.#armed.length === 0) return null;
    const fault = this.#take((armed) => armed.fault.kind === 'stale-batch' && isSender(armed.fault, sender) && isAt(armed.fault, place));
    return fault === null ? null : () => this.#counts.felt(fault);
  }

  #take(isMeant: (armed: ArmedFault) => boolean): ArmedFault['fault'] | null {
    const index = this.#armed.findIndex(isMeant);
    const armed = this.#armed[index];
    if (armed === undefined) return null;
    armed.remaining -= 1;
    if (armed.remaining === 0) this.#armed.splice(index, 1);
    return armed.fault;
  }

  #encounter(fault: ArmedFault['fault'], request: Request<FaultApi>): Encounter {
    const felt = (): void => this.#counts.felt(fault);
    switch (fault.kind) {
      case 'request-lost':
        felt();
        return { does: 'lose-request' };
      case 'reply-lost':
        return { does: 'lose-reply', felt };
      case 'request-refused':
        felt();
        return { does: 'answer', response: refusalOf(request, fault.code as BrokerErrorCode) };
      case 'request-delayed':
        felt();
        return { does: 'delay-request', ms: fault.ms };
      case 'reply-delayed':
        return { does: 'delay-reply', ms: fault.ms, felt };
      case 'request-overtaken':
        return { does: 'overtake', ms: OVERTAKE_LIMIT_MS, felt };
      case 'connection-cut':
        felt();
        return { does: 'cut', done: fault.done ?? false };
      case 'produce-duplicated':
        felt();
        return { does: 'duplicate' };
      case 'fetch-partial':
        return { does: 'change-reply', change: (response) => withoutLastBatch(response, felt) };
      case 'stale-batch':
        throw new Error('A stale batch meets no request');
    }
  }
}

function apiOf(fault: ArmedFault['fault']): FaultApi | null {
  if ('api' in fault) return fault.api;
  return fault.kind === 'fetch-partial' ? 'Fetch' : fault.kind === 'produce-duplicated' ? 'Produce' : null;
}

function isSender(fault: Fault, sender: string): boolean {
  return fault.member === undefined || fault.member === sender || sender.startsWith(`${fault.member}#`);
}

function isMeantFor(fault: Fault, sender: string, request: Request): boolean {
  if (!isSender(fault, sender)) return false;
  if (fault.topic === undefined && fault.partition === undefined) return true;
  if (!('partitions' in request) || request.partitions === null) return false;
  return request.partitions.some((place: Place) => isAt(fault, place));
}

function isAt(fault: Fault, place: Place): boolean {
  return (fault.topic ?? place.topic) === place.topic && (fault.partition ?? place.partition) === place.partition;
}

/** The last batch of the answer is cut off in its middle, and a client can read whole batches only. */
function withoutLastBatch(response: Response, felt: () => void): Response {
  if (response.api !== 'Fetch') return response;
  const index = response.partitions.findLastIndex(({ batches }) => batches.length > 0);
  if (index < 0) return response;
  felt();
  return {
    ...response,
    partitions: response.partitions.map((partition, each) =>
      each === index ? { ...partition, batches: partition.batches.slice(0, -1) } : partition,
    ),
  };
}
