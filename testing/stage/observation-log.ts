import { KafkaError } from '../../src/errors.ts';
import type { InDelivery, Observation } from '../../src/observation.ts';

/** An answer that was taken for one delivery. */
export interface StageAction {
  readonly offset: number;
  /** Deliveries of the record in its epoch, from 1. */
  readonly attempt: number;
  readonly action: 'consume' | 'skip' | 'reject';
  readonly reason?: string;
}

/** Everything observed so far of all members, up to a limit; then the older half is forgotten. */
export class ObservationLog {
  readonly #limit: number;
  #observations: Observation[] = [];
  #forgotten = 0;
  #changes = 0;
  /** Partitions, and lanes by the record that halted them. */
  readonly #halted = new Map<string, KafkaError>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Raised whenever the broker's offsets may have changed. */
  get changes(): number {
    return this.#changes;
  }

  add(observation: Observation): void {
    if (this.#observations.length >= this.#limit) {
      const kept = Math.floor(this.#limit / 2);
      this.#forgotten += this.#observations.length - kept;
      this.#observations = this.#observations.slice(-kept);
    }
    this.#observations.push(observation);
    switch (observation.kind) {
      case 'commit-settled':
        this.#changes += 1;
        break;
      case 'halted':
        this.#changes += 1;
        this.#halted.set(`${observation.topic}/${observation.partition}`, observation.error);
        break;
      case 'lane-halted':
        // A call that hangs may settle yet, and then its lane goes on by itself.
        if (observation.error.code === 'HANDLER_HUNG') break;
        this.#changes += 1;
        this.#halted.set(placeOf(observation), observation.error);
        break;
      case 'lane-resumed':
        this.#halted.delete(placeOf(observation));
        break;
      case 'assigned':
      case 'revoked':
      case 'lost':
        this.#forgetHalted(`${observation.topic}/${observation.partition}`);
        break;
    }
  }

  /** The first partition or record that its member has given up for now, and why. */
  get halted(): { readonly place: string; readonly error: KafkaError } | null {
    for (const [place, error] of this.#halted) return { place, error };
    return null;
  }

  #forgetHalted(partition: string): void {
    for (const place of this.#halted.keys()) if (place === partition || place.startsWith(`${partition}/`)) this.#halted.delete(place);
  }

  touch(): void {
    this.#changes += 1;
  }

  /** The last ones, oldest first. */
  get latest(): readonly Observation[] {
    return this.#observations;
  }

  /** All of them. Throws where some were forgotten: half a history must not pass for a whole one. */
  get all(): readonly Observation[] {
    if (this.#forgotten === 0) return this.#observations;
    throw new KafkaError(
      'UNSUPPORTED',
      `The stage keeps ${this.#limit} observations and has forgotten the first ${this.#forgotten}: give rehearse() a higher observationLimit, or an observer of your own`,
    );
  }

  /** Answers for the records of one partition (of all without one), in order of time. */
  actions(topic: string, partition?: number): readonly (StageAction & { readonly partition: number })[] {
    const actions: (StageAction & { readonly partition: number })[] = [];
    for (const observation of this.all) {
      if (observation.kind !== 'action' || observation.topic !== topic || (partition !== undefined && observation.partition !== partition))
        continue;
      const { offset, attempt, action, reason } = observation;
      actions.push({ partition: observation.partition, offset, attempt, action, ...(reason === null ? {} : { reason }) });
    }
    return actions;
  }
}

function placeOf({ topic, partition, offset }: InDelivery): string {
  return `${topic}/${partition}/${offset}`;
}
