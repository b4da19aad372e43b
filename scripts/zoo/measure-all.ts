import { Worker } from 'node:worker_threads';
import type { ZooMeasure } from '../../scenarios/zoo/measure-entry.ts';
import type { ZooAnswer, ZooTask } from './worker.ts';

/** Plays all tasks on so many workers; the results are the same whatever their number. An entry that cannot be played counts as not caught; rejects when a worker dies. */
export async function measureAll(
  tasks: readonly ZooTask[],
  workers: number,
  onDone: (task: ZooTask, done: number) => void,
): Promise<ReadonlyMap<number, readonly ZooMeasure[]>> {
  const measures = new Map<number, ZooMeasure[]>();
  const waiting = [...tasks];
  let done = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        const answer = await ask(worker, task);
        measures.set(task.id, [...(measures.get(task.id) ?? []), 'error' in answer ? failedMeasure(task, answer.error) : answer.measure]);
        done += 1;
        onDone(task, done);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, tasks.length)) }, work));
  return new Map([...measures].map(([id, unsorted]) => [id, unsorted.toSorted((left, right) => left.seed - right.seed)]));
}

/** An entry that could not be played was not caught. */
function failedMeasure({ seed }: ZooTask, error: string): ZooMeasure {
  return { seed, caught: false, runs: 0, steps: null, plan: null, message: error, shrinkMs: 0, twinPassed: false, twinMessage: error };
}

function ask(worker: Worker, task: ZooTask): Promise<ZooAnswer> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      worker.off('message', answered);
      worker.off('error', failed);
    };
    const answered = (answer: ZooAnswer): void => {
      forget();
      resolve(answer);
    };
    const failed = (error: unknown): void => {
      forget();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    worker.on('message', answered);
    worker.on('error', failed);
    worker.postMessage(task);
  });
}
