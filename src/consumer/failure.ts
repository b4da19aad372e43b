import { KafkaError } from '../errors.ts';

/** The name of an error, or the code of one of ours, for health: bounded, and without the message, which may quote a record. */
export function describeFailure(error: unknown): string {
  if (error instanceof KafkaError) return error.code;
  if (error instanceof Error) return nameOf(error).slice(0, 64);
  return `thrown ${error === null ? 'null' : typeof error}`;
}

/** A class that sets no name of its own has that of Error: then the class says more. */
function nameOf({ name, constructor }: Error): string {
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
  return constructor.name === '' ? 'Error' : constructor.name;
}
