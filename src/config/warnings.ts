import type { KafkaConfig } from './kafka-config.ts';

const WISE_SESSION_TIMEOUT_MS = 30_000;

/** What is allowed and yet unwise. `name` gives a setting's name where the configuration came from. */
export function warningsOf(config: Omit<KafkaConfig, 'warnings'>, name: (path: string) => string): readonly string[] {
  const warnings: string[] = [];
  if (config.sessionTimeoutMs < WISE_SESSION_TIMEOUT_MS) {
    warnings.push(
      `${name('sessionTimeoutMs')} is ${config.sessionTimeoutMs}: a pause of that length (garbage collection, a slow network) costs the group membership; ${WISE_SESSION_TIMEOUT_MS} is wiser`,
    );
  }
  if (config.sasl?.mechanism === 'plain' && config.tls === null) {
    warnings.push(`${name('sasl.mechanism')} is plain and ${name('tls.enabled')} is not true: the password travels in clear text`);
  }
  return warnings;
}
