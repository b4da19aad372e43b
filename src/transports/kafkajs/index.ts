export { kafkajsTransport } from './transport.ts';
export type { KafkajsTransportOptions, SecretInput } from './client-options.ts';
