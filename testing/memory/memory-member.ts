import type { Clock } from '../../src/clock.ts';
import type { Handler } from '../../src/handler.ts';
import type { Random } from '../../src/random.ts';
import type { Transport } from '../../src/transport.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import { randomStream } from '../simulation/random.ts';
import { rehearsedHandler } from '../simulation/rehearsed-handler.ts';
import { VirtualClock } from '../simulation/virtual-clock.ts';
import type { VenueMember } from '../venue.ts';
import { MemoryTransport } from './memory-transport.ts';
import type { Network } from './network.ts';

export interface MemoryMemberOptions {
  /** Of the venue. */
  readonly seed: number;
  readonly metadataMaxAgeMs: number | undefined;
  /** Called when it was killed by its own `kill`. */
  readonly killed: () => void;
}

/**
 * One life of one member in virtual time. A class, not an object with accessors: V8 makes those in its old space, and they would keep
 * the whole venue until the next large collection.
 */
export class MemoryMember implements VenueMember {
  readonly name: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly #loop: EventLoop;
  readonly #incarnation: Incarnation;
  readonly #options: MemoryMemberOptions;

  constructor(loop: EventLoop, network: Network, incarnation: Incarnation, options: MemoryMemberOptions) {
    const clock = new VirtualClock(loop, incarnation);
    this.name = incarnation.name;
    this.transport = new MemoryTransport(network, incarnation, clock, options.metadataMaxAgeMs);
    this.clock = clock;
    this.random = randomStream(options.seed, 'jitter', incarnation.name);
    this.#loop = loop;
    this.#incarnation = incarnation;
    this.#options = options;
  }

  get staleEffects(): readonly string[] {
    return this.#incarnation.staleEffects;
  }

  rehearse(handler: Handler): Handler {
    return rehearsedHandler(handler, this.#loop.inFlight, this.#incarnation, () => this.#loop.now, {
      clock: this.clock,
      random: randomStream(this.#options.seed, 'workload', this.name),
    });
  }

  kill(): void {
    this.#incarnation.kill();
    this.#options.killed();
  }
}
