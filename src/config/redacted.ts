import type { KafkaConfig } from './kafka-config.ts';

/** The configuration as plain data for a log line: secrets hidden, certificates as their length. */
export function redacted(config: KafkaConfig): Readonly<Record<string, unknown>> {
  const { tls, sasl, warnings: _warnings, ...rest } = config;
  return {
    ...rest,
    tls: tls && { ca: lengthOf(tls.ca), cert: lengthOf(tls.cert), key: tls.key && '[secret]' },
    sasl: sasl && { mechanism: sasl.mechanism, username: sasl.username, password: '[secret]' },
  };
}

function lengthOf(pem: string | null): string | null {
  return pem === null ? null : `[${pem.length} characters]`;
}
