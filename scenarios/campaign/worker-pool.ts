import { Worker } from 'node:worker_threads';
import { KafkaError } from '../../src/errors.ts';
import type { BatchPlayer, BatchRequest, BatchResult } from './batch.ts';
import { programFile } from '../../testing/program-file.ts';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.ts';

/** Long enough that a thread is not waiting for messages, short enough that a budget is kept. */
const MAX_BATCH = 32;

/** A batch is played while the next one is already there. */
const BATCHES_PER_WORKER = 2;

const MAX_WORKERS = 256;

interface Hand {
  readonly worker: Worker;
  load: number;
}

interface Asked {
  readonly hand: Hand;
  readonly resolve: (result: BatchResult) => void;
  readonly reject: (error: Error) => void;
}

/** Worker threads that play batches. They do not keep the process alive. */
export class WorkerPool implements BatchPlayer {
  readonly batchSize: number;
  readonly concurrency: number;
  readonly #hands: Hand[] = [];
  readonly #asked = new Map<number, Asked>();
  #lost: Error | null = null;
  #ended = false;
  #lastId = 0;

  /** `runs`: how many there will be of a scenario, so that each worker gets some. */
  constructor(count: number, runs: number, setup: WorkerSetup) {
    if (!Number.isSafeInteger(count) || count < 1 || count > MAX_WORKERS)
      throw new KafkaError('CONFIG_INVALID', `There can be 1 to ${MAX_WORKERS} workers, given ${count}.`);
    this.batchSize = Math.max(1, Math.min(MAX_BATCH, Math.floor(runs / (count * BATCHES_PER_WORKER * 2))));
    this.concurrency = count * BATCHES_PER_WORKER;
    const file = programFile('scenarios/campaign/worker');
    for (let index = 0; index < count; index += 1) {
      const worker = new Worker(file, { workerData: setup, name: `rehearsal-${index + 1}` });
      worker.unref();
      worker.on('message', (reply: WorkerReply) => this.#take(reply));
      worker.on('error', (error) => this.#lose(error));
      worker.on('exit', (status) => this.#lose(new Error(`A worker thread ended by itself, with status ${status}`)));
      this.#hands.push({ worker, load: 0 });
    }
  }

  play(request: BatchRequest): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      const hand = this.#hands.reduce((least, each) => (each.load < least.load ? each : least));
      this.#lastId += 1;
      const message: WorkerRequest = { ...request, id: this.#lastId };
      hand.load += 1;
      hand.worker.ref();
      this.#asked.set(message.id, { hand, resolve, reject });
      hand.worker.postMessage(message);
    });
  }

  /** Idempotent. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#hands.map(({ worker }) => worker.terminate()));
  }

  #take(reply: WorkerReply): void {
    const asked = this.#asked.get(reply.id);
    if (asked === undefined) return;
    this.#asked.delete(reply.id);
    asked.hand.load -= 1;
    if (asked.hand.load === 0) asked.hand.worker.unref();
    if (reply.result === null) asked.reject(new Error(`A worker could not play its runs: ${reply.error}`));
    else asked.resolve(reply.result);
  }

  #lose(error: unknown): void {
    if (this.#ended) return;
    this.#lost ??= error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#asked.values()) reject(this.#lost);
    this.#asked.clear();
  }
}
