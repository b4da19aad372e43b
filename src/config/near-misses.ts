import type { Environment } from './read-variable.ts';
import { SETTINGS } from './setting-list.ts';

const MOST_EDITS = 2;
/** What other tools call it. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  KAFKA_GROUP_ID: 'KAFKA_CONSUMER_GROUP_ID',
  KAFKA_CONSUMER_GROUP: 'KAFKA_CONSUMER_GROUP_ID',
  KAFKA_BOOTSTRAP_SERVERS: 'KAFKA_BROKERS',
  KAFKA_TOPIC: 'KAFKA_TOPICS',
  KAFKA_SSL: 'KAFKA_TLS_ENABLED',
  KAFKA_TLS: 'KAFKA_TLS_ENABLED',
};

/**
 * Warnings about variables that look like misspelt ones of ours. Not all unknown `KAFKA_` variables: Kubernetes and
 * Kafka's own scripts set some (`KAFKA_PORT`, `KAFKA_HEAP_OPTS`).
 */
export function nearMisses(environment: Environment): readonly string[] {
  const known = SETTINGS.flatMap(({ variable, fromFile }) => (fromFile === true ? [variable, `${variable}_FILE`] : [variable]));
  const warnings: string[] = [];
  for (const name of Object.keys(environment)) {
    if (!name.toUpperCase().startsWith('KAFKA_') || known.includes(name) || !environment[name]) continue;
    const meant = OTHER_NAMES[name] ?? known.find((one) => editsBetween(name.toUpperCase(), one) <= MOST_EDITS);
    if (meant !== undefined) warnings.push(`${name} is set, but unknown and without effect; ${meant} is meant?`);
  }
  return warnings;
}

/** Levenshtein's distance. Names are short, so the plain table will do. */
function editsBetween(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
