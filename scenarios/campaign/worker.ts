/** A worker thread of a campaign: plays the runs that it is told the numbers of. Started by its path. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadFastCheck } from '../load-fast-check.ts';
import { PlanSource } from './plan-source.ts';
import { playBatch } from './play-batch.ts';
import type { BatchResult } from './batch.ts';
import type { LoadedCampaign, WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.ts';

const setup = workerData as WorkerSetup;
const sources = new Map<string, PlanSource>();
const known = new Map<string, ReadonlySet<string>>();
const campaign = load();
// Whoever asks for a batch is told.
campaign.catch(() => undefined);

parentPort?.on('message', (request: WorkerRequest) => {
  const reply = (message: WorkerReply): void => parentPort?.postMessage(message);
  play(request).then(
    (result) => reply({ id: request.id, result, error: null }),
    (error: unknown) =>
      reply({ id: request.id, result: null, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function load(): Promise<LoadedCampaign> {
  const loaded = (await import(setup.source.module)) as { loadCampaign(argument: unknown): Promise<LoadedCampaign> };
  return loaded.loadCampaign(setup.source.argument);
}

async function play(request: WorkerRequest): Promise<BatchResult> {
  const { place, scenarios } = await campaign;
  const scenario = scenarios.find(({ name }) => name === request.scenario);
  if (scenario === undefined) throw new Error(`The worker knows no scenario named ${request.scenario}`);
  let plans = sources.get(scenario.name);
  if (plans === undefined) {
    plans = new PlanSource(await loadFastCheck(), scenario, place, setup.seed, setup.corpus[scenario.name]);
    sources.set(scenario.name, plans);
  }
  const played = await playBatch({ scenario, place, plans, runs: request.runs, known: knownOf(scenario.name) });
  // A history is large, and holds what cannot be sent; the run is made again where it is looked at.
  if (played.broken === null) return played;
  const { run, error, plan } = played.broken;
  return { ...played, broken: { run, error: error === null ? null : { message: error.message, code: error.code }, plan } };
}

function knownOf(scenario: string): ReadonlySet<string> | null {
  if (setup.known === null) return null;
  const found = known.get(scenario) ?? new Set(setup.known[scenario] ?? []);
  known.set(scenario, found);
  return found;
}
