import { buildConfig } from './build-config.ts';
import type { KafkaConfig, KafkaConfigInput } from './kafka-config.ts';

/**
 * The configuration from a plain object, for an application that has its own way to configure itself. The same defaults
 * and checks as `loadKafkaConfig`; problems are named by property path. Unknown properties are refused. Throws CONFIG_INVALID.
 */
export function kafkaConfig(input: KafkaConfigInput = {}): KafkaConfig {
  const source = { name: (path: string): string => path, given: (path: string): unknown => valueAt(input, path) };
  return buildConfig(input, source, { problems: [], warnings: [] });
}

function valueAt(input: unknown, path: string): unknown {
  if (path === '') return input;
  return path
    .split('.')
    .reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined),
      input,
    );
}
