import type { EventOf, Where } from './history.ts';

/** What somebody has paused in the processes of a run, and not resumed: whole topics, and single partitions. It dies with its process. */
export class PausedPlaces {
  readonly #topics = new Map<string, { whole: boolean; readonly partitions: Map<number, boolean> }>();

  see({ kind, member, selection: { topic, partition } }: EventOf<'paused-by-hand' | 'resumed-by-hand'>): void {
    const isPaused = kind === 'paused-by-hand';
    const name = `${member} ${topic}`;
    let known = this.#topics.get(name);
    if (known === undefined) this.#topics.set(name, (known = { whole: false, partitions: new Map<number, boolean>() }));
    if (partition !== null) {
      known.partitions.set(partition, isPaused);
      return;
    }
    known.whole = isPaused;
    known.partitions.clear();
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  has(member: string, { topic, partition }: Where): boolean {
    const known = this.#topics.get(`${member} ${topic}`);
    return known !== undefined && (known.partitions.get(partition) ?? known.whole);
  }
}
