import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { defineScenario } from '../../scenarios/own/define-scenario.ts';
import type { ScenarioOptions } from '../../scenarios/own/scenario-options.ts';
import type { ScenarioDefinition } from '../../scenarios/scenario-definition.ts';
import { failureFiles, loadFailure } from '../../scenarios/saved-failure.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { playScenarioTest, SHRINK_ALLOWANCE_MS, type ScenarioTest } from './play-scenario-test.ts';

/** Real time that the runs may take. */
const DEFAULT_BUDGET_MS = 30_000;

/** What a scenario is in a test, besides what it is anywhere. Its names are `TEST_OPTIONS` as well. */
export interface ScenarioTestOptions {
  /** No new run begins after so many real milliseconds; the test's time limit follows from it. Default 30,000. */
  readonly budgetMs?: number;
  /** What everything is drawn from, 0 to 4,294,967,295. Default: another one each time, or KAFKA_REHEARSAL_SEED. */
  readonly seed?: number;
  /** Plans that are played before any is generated: plans, files of saved failures, or a directory of them (from the working directory, or URLs). */
  readonly examples?: string | URL | readonly (string | URL | Plan)[];
  /** Where failures and their pages are written, and failures are read from. Default `.kafka-rehearsal` in the working directory. */
  readonly directory?: string;
  /** Print what was generated. Default false, or KAFKA_REHEARSAL_DISTRIBUTION=1. */
  readonly distribution?: boolean;
}

export type ScenarioTestDefinition<World> = ScenarioOptions<World> & ScenarioTestOptions;

/** Declares a test that rehearses handlers under generated messages and trouble. */
export interface ScenarioTestApi {
  <World = undefined>(name: string, definition: ScenarioTestDefinition<World>): void;
  /** Only this one of the file. */
  only<World = undefined>(name: string, definition: ScenarioTestDefinition<World>): void;
  /** Not now. */
  skip<World = undefined>(name: string, definition: ScenarioTestDefinition<World>): void;
  /** One for each case; `%s` in the name is the case, or `$field` a field of it. */
  each<Case>(cases: readonly Case[]): <World = undefined>(name: string, definition: (each: Case) => ScenarioTestDefinition<World>) => void;
}

type Declare = (name: string, options: { readonly timeout: number }, body: Parameters<typeof test>[2]) => void;

function declare<World>(declareTest: Declare, name: string, definition: ScenarioTestDefinition<World>): void {
  const scenario = defineScenario(name, definition);
  const budgetMs = definition.budgetMs ?? DEFAULT_BUDGET_MS;
  const planned: ScenarioTest = {
    ...definition,
    scenario,
    budgetMs,
    classify: definition.classify as ScenarioTest['classify'],
    definedAt: callSite(),
  };
  declareTest(name, { timeout: budgetMs + SHRINK_ALLOWANCE_MS }, (context) => playScenarioTest(planned, context));
}

/**
 * A test that plays a scenario many times with generated messages, faults, crashes and rebalances, in virtual time, and has
 * every run judged. What breaks is made small, shown, saved, and tried first the next time.
 */
export const scenario: ScenarioTestApi = Object.assign(
  <World>(name: string, definition: ScenarioTestDefinition<World>) => declare(test as Declare, name, definition),
  {
    only: <World>(name: string, definition: ScenarioTestDefinition<World>) => declare(test.only as Declare, name, definition),
    skip: <World>(name: string, definition: ScenarioTestDefinition<World>) => declare(test.skip as Declare, name, definition),
    each:
      <Case>(cases: readonly Case[]) =>
      <World>(name: string, definition: (each: Case) => ScenarioTestDefinition<World>) => {
        cases.forEach((each, index) => declare(test as Declare, nameOf(name, each, index), definition(each)));
      },
  },
);

/**
 * A test for each saved failure in a directory: that it holds now. `scenarios`: those that the failures are of, by
 * `defineScenario`. A file of a scenario that is not among them fails.
 */
export function regressions(directory: string | URL, scenarios: readonly ScenarioDefinition[]): void {
  const definedAt = callSite();
  test(`saved failures in ${pathOf(directory)} hold`, { timeout: DEFAULT_BUDGET_MS + SHRINK_ALLOWANCE_MS }, async (context) => {
    const files = await failureFiles(pathOf(directory));
    if (files.length === 0) throw new Error(`${pathOf(directory)} holds no saved failure (*.json)`);
    for (const file of files) {
      const { plan } = await loadFailure(file);
      const found = scenarios.find(({ name }) => name === plan.scenario);
      if (found === undefined)
        throw new Error(
          `${file} is of the scenario "${plan.scenario}", which is not among those given: ${scenarios.map(({ name }) => name).join(', ')}`,
        );
      await playScenarioTest({ scenario: found, budgetMs: DEFAULT_BUDGET_MS, examples: [file], onlyExamples: true, definedAt }, context);
    }
  });
}

function pathOf(place: string | URL): string {
  return typeof place === 'string' ? place : fileURLToPath(place);
}

function nameOf(name: string, each: unknown, index: number): string {
  return name
    .replace(/\$(\w+)/g, (whole, field: string) => {
      const value = typeof each === 'object' && each !== null ? (each as Readonly<Record<string, unknown>>)[field] : undefined;
      return value === undefined ? whole : String(value);
    })
    .replaceAll('%s', typeof each === 'object' ? JSON.stringify(each) : String(each))
    .replaceAll('%#', String(index));
}

/** Where the scenario stands in the test file: what a failure points to. */
function callSite(): string | null {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  const own = import.meta.url.replace(/\/[^/]*$/, '');
  return lines.find((line) => !line.includes(own) && !line.includes(fileURLToPath(own))) ?? null;
}
