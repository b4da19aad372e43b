import { KafkaError } from '../errors.ts';

/** The name of an error, or the code of one of ours, for health: bounded, and without the message, which may quote a record. */
export function describeFailure(error: unknown): string {
  if (error instanceof KafkaError) return error.code;
  if (error instanceof Error) return (typeof error.name === 'string' && error.name !== '' ? error.name : 'Error').slice(0, 64);
  return `thrown ${error === null ? 'null' : typeof error}`;
}
