import { buildConfig } from './build-config.ts';
import type { KafkaConfig } from './kafka-config.ts';
import { nearMisses } from './near-misses.ts';
import type { ConfigProblem } from './problem.ts';
import { readVariable } from './read-variable.ts';
import type { Environment } from './read-variable.ts';
import { SETTINGS, settingAt } from './setting-list.ts';

/**
 * The configuration from environment variables. An empty variable counts as not set; blanks around a value are dropped,
 * except in secrets; flags and choices may be in capitals. Secrets and PEM material are also read from the file that
 * `<variable>_FILE` names. Throws CONFIG_INVALID, which names everything that is wrong at once and shows no secret.
 */
export function loadKafkaConfig(environment: Environment = process.env): KafkaConfig {
  const given = new Map<string, unknown>();
  const problems: (ConfigProblem & { readonly path: string })[] = [];
  for (const setting of SETTINGS) {
    const read = readVariable(setting, environment);
    if (read.problem !== undefined) problems.push({ ...read.problem, path: setting.path });
    if (read.value !== undefined) given.set(setting.path, read.value);
  }
  const source = { name: (path: string): string => settingAt(path)?.variable ?? path, given: (path: string): unknown => given.get(path) };
  return buildConfig(nest(given), source, { problems, warnings: nearMisses(environment) });
}

/** `sasl.password` becomes `{ sasl: { password } }`. */
function nest(given: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  const nested: Record<string, unknown> = {};
  for (const [path, value] of given) {
    const [first = path, second] = path.split('.');
    if (second === undefined) nested[first] = value;
    else nested[first] = { ...(nested[first] as object | undefined), [second]: value };
  }
  return nested;
}
