import { AsyncLocalStorage } from 'node:async_hooks';
import { KafkaError } from '../../src/errors.ts';
import type { Handler, HandlerContext } from '../../src/handler.ts';
import { neverSettles } from '../../testing/simulation/incarnation.ts';
import type { Random } from '../../src/random.ts';
import type { TappedMember } from '../../testing/witness/tapped-member.ts';
import type { PlanWorld } from '../plan-world.ts';
import type { Effect, HandlerTools, RecordedEffect, Sometimes } from './scenario-options.ts';

/** How far away the world is, one way (ms of the run's time): as far as a broker. */
const NEAREST_MS = 1;
const FARTHEST_MS = 4;

/** Whose call it is that asks for an effect. */
const currentCall = new AsyncLocalStorage<HandlerContext>();

/** What is kept of one run of a scenario: the world, and what was done to it. */
export class RunState<World> {
  readonly world: World;
  readonly effects: RecordedEffect[] = [];
  readonly staleEffects: RecordedEffect[] = [];
  readonly facts: Record<string, number>;
  readonly sometimes: Sometimes = (fact, condition = true) => this.#see(fact, condition);
  /** A mistake in the scenario that its handlers came upon: it ends the campaign once the run is over. */
  mistake: KafkaError | null = null;
  readonly #planWorld: PlanWorld;
  readonly #distances: Random;
  readonly #facts: readonly string[] | null;

  /** `facts`: all that there are; null where any may be named. */
  constructor(world: World, planWorld: PlanWorld, facts: readonly string[] | null) {
    this.world = world;
    this.#planWorld = planWorld;
    this.#distances = planWorld.stream('effects');
    this.#facts = facts;
    this.facts = Object.fromEntries((facts ?? []).map((fact) => [fact, 0]));
  }

  tools(life: TappedMember): HandlerTools {
    const effect = (name: string, details?: unknown, apply?: () => unknown): Promise<unknown> => this.#do(life, name, details, apply);
    return { effect: effect as Effect, sometimes: this.sometimes };
  }

  /** The same handler, whose effects know for which record they are. */
  follow(handler: Handler): Handler {
    return { ...handler, process: (record, context) => currentCall.run(context, () => handler.process(record, context)) };
  }

  async #do(life: TappedMember, name: string, details: unknown, apply: (() => unknown) | undefined): Promise<unknown> {
    const call = currentCall.getStore() ?? null;
    const about = { name, details, record: call?.id ?? null, member: life.name };
    if (!life.alive) return this.#isStale(about);
    // Outside of a call the simulation would not know that this is its own time.
    if (call !== null) await call.clock.sleep(this.#distance());
    if (!life.alive) return this.#isStale(about);
    const result: unknown = apply === undefined ? undefined : await apply();
    this.effects.push({ ...about, at: this.#now() });
    if (call !== null) this.#planWorld.onEffect({ member: life.name, name, record: call.record });
    if (call !== null) await call.clock.sleep(this.#distance());
    return result;
  }

  /** A dead process does nothing and learns nothing. */
  #isStale(about: Omit<RecordedEffect, 'at'>): Promise<never> {
    this.staleEffects.push({ ...about, at: this.#now() });
    return neverSettles();
  }

  #see(fact: string, condition: boolean): void {
    if (this.#facts !== null && !this.#facts.includes(fact)) {
      const known = this.#facts.map((each) => `"${each}"`).join(', ');
      this.mistake ??= new KafkaError(
        'SCENARIO_THREW',
        `A handler told of sometimes("${fact}"), which is none of the scenario's \`sometimes\`: ${known}.`,
      );
      return;
    }
    this.facts[fact] = (this.facts[fact] ?? 0) + (condition ? 1 : 0);
  }

  #distance(): number {
    return NEAREST_MS + Math.floor(this.#distances.next() * (FARTHEST_MS - NEAREST_MS + 1));
  }

  #now(): number {
    return this.#planWorld.clock.now() - this.#planWorld.startedAt;
  }
}
