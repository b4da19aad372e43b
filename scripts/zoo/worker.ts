/** Measures entries of the zoo, one after another, as the main thread asks for them. */
import { parentPort } from 'node:worker_threads';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { measureEntry, type ZooMeasure } from '../../scenarios/zoo/measure-entry.ts';

export interface ZooTask {
  readonly id: number;
  readonly seed: number;
  readonly twinRuns: number;
}

export type ZooAnswer = { readonly task: ZooTask } & ({ readonly measure: ZooMeasure } | { readonly error: string });

parentPort?.on('message', (task: ZooTask) => {
  measure(task).then(
    (answer) => parentPort?.postMessage(answer),
    (error: unknown) => parentPort?.postMessage({ task, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function measure(task: ZooTask): Promise<ZooAnswer> {
  const entry = bugZoo.find(({ id }) => id === task.id);
  if (entry === undefined) throw new RangeError(`The zoo has no entry ${task.id}`);
  return { task, measure: await measureEntry(entry, { place: memoryPlace, seed: task.seed, twinRuns: task.twinRuns }) };
}
