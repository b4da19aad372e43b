import { ADMINISTERING } from './cases/administering.ts';
import { COMMITTING } from './cases/committing.ts';
import { FETCHING } from './cases/fetching.ts';
import { JOINING } from './cases/joining.ts';
import { OUT_OF_RANGE } from './cases/out-of-range.ts';
import { PAUSING } from './cases/pausing.ts';
import { PRODUCING } from './cases/producing.ts';
import { REBALANCING } from './cases/rebalancing.ts';
import { STOPPING } from './cases/stopping.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** Every promise of `src/transport.ts` and `src/admin.ts`, for any transport and any test runner. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...JOINING,
  ...FETCHING,
  ...PAUSING,
  ...COMMITTING,
  ...REBALANCING,
  ...OUT_OF_RANGE,
  ...PRODUCING,
  ...ADMINISTERING,
  ...STOPPING,
];

export { runCase, whyNot } from './run-case.ts';
