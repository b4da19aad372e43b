import * as v from 'valibot';
import type { KafkaConfig } from './kafka-config.ts';
import type { ConfigProblem, ConfigSource } from './problem.ts';
import { configInvalid, showGiven } from './problem.ts';
import { deriveTimes } from './derive-times.ts';
import { brokenRules } from './rules.ts';
import { SETTINGS, settingAt } from './setting-list.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings.ts';
import { warningsOf } from './warnings.ts';

/**
 * Validates `input` and completes it. `problems` and `warnings` that the reader of the source has found already are
 * reported together with ours, so that one attempt shows everything. Throws CONFIG_INVALID.
 */
export function buildConfig(
  input: unknown,
  source: ConfigSource,
  found: { readonly problems: readonly (ConfigProblem & { readonly path: string })[]; readonly warnings: readonly string[] },
): KafkaConfig {
  const result = v.safeParse(settings, input, { abortPipeEarly: true });
  const unsound = new Set(found.problems.map(({ path }) => path));
  const problems: ConfigProblem[] = [...found.problems];
  for (const issue of result.issues ?? []) {
    const path = (issue.path ?? []).map(({ key }) => String(key));
    const setting = path.findIndex((_step, index) => settingAt(path.slice(0, index + 1).join('.')) !== undefined);
    const at = (setting === -1 ? path : path.slice(0, setting + 1)).join('.');
    if (unsound.has(at)) continue;
    unsound.add(at);
    problems.push(problemAt(at, source));
  }
  for (const path of unknownPaths(input, '')) {
    if (unsound.has(path)) continue;
    unsound.add(path);
    problems.push(problemAt(path, source));
  }
  // Its type is promised for a valid input only; every rule asks first whether what it reads is sound.
  const parsed = result.output as Settings;
  if (typeof input === 'object' && input !== null) problems.push(...brokenRules(parsed, source, (path) => !unsound.has(path)));
  if (problems.length > 0) throw configInvalid(problems.map(({ name, given, expected }) => ({ name, given, expected })));
  return complete(parsed, source, found.warnings);
}

/** Names that no setting has: the schema tells the first one of an object only. */
function unknownPaths(input: unknown, prefix: string): readonly string[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [];
  return Object.entries(input).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (settingAt(path) !== undefined) return [];
    return SETTINGS.some((known) => known.path.startsWith(`${path}.`)) ? unknownPaths(value, `${path}.`) : [path];
  });
}

function problemAt(path: string, source: ConfigSource): ConfigProblem {
  const setting = settingAt(path);
  const given = source.given(path);
  if (setting !== undefined) {
    const isOneForMany = setting.type === 'list' && typeof given === 'string' && source.name(path) === path;
    const expected = isOneForMany ? 'an array of strings, not one string' : setting.allowed;
    return { name: source.name(path), given: showGiven(path, given), expected };
  }
  if (path === '') return { name: 'the configuration', given: showGiven(path, given), expected: 'an object' };
  const prefix = `${path}.`;
  const inside = SETTINGS.filter((known) => known.path.startsWith(prefix)).map((known) => known.path.slice(prefix.length));
  if (inside.length > 0) return { name: path, given: showGiven(path, given), expected: `an object of ${inside.join(', ')}` };
  // The value of a name that we do not know may be anything, a secret too.
  const parent = path.slice(0, path.lastIndexOf('.') + 1);
  const known = [
    ...new Set(SETTINGS.filter((one) => one.path.startsWith(parent)).map((one) => one.path.slice(parent.length).split('.')[0])),
  ];
  return { name: path, given: 'unknown', expected: `one of ${known.join(', ')}` };
}

function complete(parsed: Settings, source: ConfigSource, foundWarnings: readonly string[]): KafkaConfig {
  const { tls, sasl } = parsed;
  const { mechanism, username, password } = sasl;
  const config = {
    ...parsed,
    ...deriveTimes(parsed),
    tls: tls.enabled ? Object.freeze({ ca: tls.ca ?? null, cert: tls.cert ?? null, key: tls.key ?? null }) : null,
    // The rules have seen to it that all three are there or none.
    sasl: mechanism && username && password ? Object.freeze({ mechanism, username, password }) : null,
    brokers: Object.freeze([...parsed.brokers]),
    topics: parsed.topics && Object.freeze([...parsed.topics]),
    producer: Object.freeze(parsed.producer),
    limits: Object.freeze(parsed.limits),
  };
  return Object.freeze({ ...config, warnings: Object.freeze([...foundWarnings, ...warningsOf(config, source.name)]) });
}
