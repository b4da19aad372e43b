import type { Clock } from '../clock.ts';
import type { Handler, RateLimitOptions } from '../handler.ts';
import { CallGate, CallGates } from './call-gate.ts';
import { TokenBucket } from './token-bucket.ts';

/** Limits of all handlers of a consumer together; see ConsumerOptions. */
export interface ProcessLimits {
  readonly concurrency: number | null;
  readonly rateLimit: Required<RateLimitOptions> | null;
}

/** The gates of each handler, made when it is first asked for: its own limits and, behind them, those of the process. */
export class GatesOfHandlers {
  readonly #clock: Clock;
  readonly #gates: CallGate[] = [];
  readonly #process: CallGate | null;
  readonly #byHandler = new Map<Handler, CallGates | null>();

  constructor(clock: Clock, limits: ProcessLimits) {
    this.#clock = clock;
    this.#process = this.#gate(limits);
  }

  /** Null where nothing is limited: most handlers pay nothing. */
  of(handler: Handler): CallGates | null {
    let gates = this.#byHandler.get(handler);
    if (gates === undefined) {
      const own = this.#gate({ concurrency: handler.concurrency ?? null, rateLimit: handler.rateLimit ?? null });
      const both = [own, this.#process].filter((gate) => gate !== null);
      this.#byHandler.set(handler, (gates = both.length === 0 ? null : new CallGates(both)));
    }
    return gates;
  }

  /** No visitor is called any more. */
  close(): void {
    for (const gate of this.#gates) gate.close();
  }

  #gate({ concurrency, rateLimit }: ProcessLimits): CallGate | null {
    if (concurrency === null && rateLimit === null) return null;
    const bucket = rateLimit === null ? null : new TokenBucket(rateLimit, this.#clock.now());
    const gate = new CallGate(this.#clock, { concurrency, bucket });
    this.#gates.push(gate);
    return gate;
  }
}
