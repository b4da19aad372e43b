import { KafkaError } from '../src/errors.ts';

/** What the process says to whoever called it. */
export const EXIT = {
  held: 0,
  broken: 1,
  usage: 2,
  noBroker: 3,
} as const;

/** The status for an error that ended the command. */
export function statusOf(error: unknown): number {
  if (
    error instanceof KafkaError &&
    (error.code === 'REAL_KAFKA_UNAVAILABLE' || error.code === 'BROKER_UNREACHABLE' || error.code === 'AUTHENTICATION_FAILED')
  )
    return EXIT.noBroker;
  // A record did not go where it was to go: nothing is wrong with what was asked for.
  if (error instanceof KafkaError && error.code === 'PRODUCE_FAILED') return EXIT.broken;
  return EXIT.usage;
}
