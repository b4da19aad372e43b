import { PLAN_VERSION } from './plan.ts';

/**
 * Plans of earlier versions, as plans of this one that mean the same. What is no plan, or of another version, is given back as it is:
 * whoever reads it says so.
 */
export function migratePlan(input: unknown): unknown {
  if (!isObject(input)) return input;
  // Nobody paused anything then: there is nothing else to it.
  if (input['version'] === 2) return { ...input, version: PLAN_VERSION };
  if (input['version'] !== 1) return input;
  const config = input['config'];
  // Commits had no metadata: a member that came back began with the offset, and with nothing else.
  return { ...input, version: PLAN_VERSION, config: isObject(config) ? { ...config, process: { durableLedger: false } } : config };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
