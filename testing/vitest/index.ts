/** `kafka-rehearsal/vitest`: importing it adds the matchers to `expect`. Needs Vitest 5. */
import './matchers.ts';

export { regressions, scenario } from './scenario.ts';
export type { ScenarioTestApi, ScenarioTestDefinition, ScenarioTestOptions } from './scenario.ts';
export { ScenarioFailure } from './scenario-failure.ts';
export { stageTest } from './stage-fixture.ts';
export { matchers } from '../matchers/matchers.ts';
export type { StageMatchers } from '../matchers/matchers.ts';
