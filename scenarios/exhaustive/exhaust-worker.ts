/** A worker thread that plays plans of the small scope, each with every list of choices. Started by its path. */
import { parentPort, workerData } from 'node:worker_threads';
import { exhaustOne, type ExhaustReply, type ExhaustSetup } from './exhaust.ts';

const setup = workerData as ExhaustSetup;

parentPort?.on('message', (index: number) => {
  exhaustOne(setup, index).then(
    (explored) => parentPort?.postMessage({ index, explored, error: null } satisfies ExhaustReply),
    (error: unknown) =>
      parentPort?.postMessage({
        index,
        explored: null,
        error: error instanceof Error ? error.message : String(error),
      } satisfies ExhaustReply),
  );
});
