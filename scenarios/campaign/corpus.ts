import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KafkaError } from '../../src/errors.ts';
import { parsePlan } from '../../testing/scenario/parse-plan.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { contentHash } from '../../testing/simulation/content-hash.ts';

/** What one file of a corpus holds. */
export interface SavedPlan {
  /** The promise that it broke when it was found; null for a plan that showed something new. */
  readonly invariant: string | null;
  /** What it was the first to show. */
  readonly features: readonly string[];
  readonly plan: Plan;
}

/** Of each scenario. More would only be played again and again. */
const MAX_PLANS = 400;

/**
 * A folder of interesting plans, one folder in it for each scenario: past failures, and plans that were the first to show
 * something. It is read once, so what a campaign finds changes nothing in it, and every worker and shard with the same folder
 * plays the same plans.
 */
export class Corpus {
  /** As they were read: failures first. */
  readonly plans: Readonly<Record<string, readonly Plan[]>>;
  /** What those are known to show. */
  readonly features: Readonly<Record<string, readonly string[]>>;
  readonly #directory: string;
  readonly #known = new Map<string, Set<string>>();
  readonly #found: { readonly path: readonly [scenario: string, name: string]; readonly saved: SavedPlan }[] = [];
  readonly #sizes = new Map<string, number>();

  private constructor(directory: string, read: ReadonlyMap<string, readonly SavedPlan[]>) {
    this.#directory = directory;
    this.plans = Object.fromEntries([...read].map(([name, saved]) => [name, saved.map(({ plan }) => plan)]));
    this.features = Object.fromEntries([...read].map(([name, saved]) => [name, saved.flatMap(({ features }) => features)]));
    for (const [name, saved] of read) {
      this.#known.set(name, new Set(this.features[name]));
      this.#sizes.set(name, saved.length);
    }
  }

  /** A folder that does not exist is an empty one. Rejects with SCENARIO_INVALID for a file that is no saved plan. */
  static async open(directory: string): Promise<Corpus> {
    const read = new Map<string, readonly SavedPlan[]>();
    for (const scenario of await entriesOf(directory)) {
      const files = (await entriesOf(join(directory, scenario))).filter((name) => name.endsWith('.json'));
      if (files.length === 0) continue;
      const saved = await Promise.all(files.slice(0, MAX_PLANS).map((name) => readSaved(join(directory, scenario, name))));
      read.set(scenario, saved);
    }
    return new Corpus(directory, read);
  }

  /** Keeps a plan that is the first to show these features, unless another was before it or the folder is full. */
  discover(scenario: string, features: readonly string[], planOf: () => Plan): void {
    const known = this.#known.get(scenario) ?? new Set<string>();
    this.#known.set(scenario, known);
    const first = features.filter((feature) => !known.has(feature));
    if (first.length === 0) return;
    for (const feature of first) known.add(feature);
    this.#add(scenario, 'seen', { invariant: null, features: first, plan: planOf() });
  }

  addFailure(scenario: string, invariant: string, plan: Plan): void {
    this.#add(scenario, `failure-${invariant}`, { invariant, features: [], plan });
  }

  /** Writes what was found; resolves with how many plans that were. */
  async save(): Promise<number> {
    const found = this.#found.splice(0);
    for (const { path, saved } of found) {
      await mkdir(join(this.#directory, path[0]), { recursive: true });
      await writeFile(join(this.#directory, ...path), `${JSON.stringify(saved, null, 1)}\n`);
    }
    return found.length;
  }

  #add(scenario: string, kind: string, saved: SavedPlan): void {
    const size = this.#sizes.get(scenario) ?? 0;
    if (size >= MAX_PLANS && saved.invariant === null) return;
    this.#sizes.set(scenario, size + 1);
    this.#found.push({ path: [scenario, `${kind}-${contentHash(saved.plan)}.json`], saved });
  }
}

/** In one order on every machine; empty where there is no such folder. */
async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

async function readSaved(path: string): Promise<SavedPlan> {
  try {
    const { invariant, features, plan } = JSON.parse(await readFile(path, 'utf8')) as Partial<SavedPlan>;
    return { invariant: invariant ?? null, features: features ?? [], plan: parsePlan(plan) };
  } catch (cause) {
    throw new KafkaError('SCENARIO_INVALID', `${path} is no plan of a corpus: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
