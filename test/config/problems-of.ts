import { KafkaError } from '../../src/errors.ts';
import type { ConfigProblem } from '../../src/config/problem.ts';

/** The message of the CONFIG_INVALID that `load` must throw, and its problems by name. */
export function problemsOf(load: () => unknown): { readonly message: string; readonly problems: Readonly<Record<string, ConfigProblem>> } {
  try {
    load();
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'CONFIG_INVALID') throw error;
    const problems = error.details['problems'] as readonly ConfigProblem[];
    return { message: error.message, problems: Object.fromEntries(problems.map((problem) => [problem.name, problem])) };
  }
  throw new Error('the configuration was accepted');
}
