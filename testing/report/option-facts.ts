/**
 * What the options of handlers and processes have brought about, counted from the runtime's word: a campaign in which a policy never
 * had to decide anything says nothing about it.
 */
import type { Observation } from '../../src/observation.ts';
import type { History } from '../checker/history.ts';

export const OPTION_FACTS = [
  'ledger-believed',
  'record-already-done',
  'metadata-refused',
  'retries-exhausted',
  'skips-exhausted',
  'lane-halted',
  'lane-resumed',
  'hung-call-overtaken',
  'batch-of-several',
  'dead-letter-written',
  'dead-letter-tried-again',
  'dead-letter-refused-for-good',
  'dead-letter-pointer',
  'paused-by-window',
  'paused-by-hand',
  'sent-by-hand',
] as const;

export type OptionFact = (typeof OPTION_FACTS)[number];

/** How often each was seen. */
export function countOptionFacts(history: History): Readonly<Record<OptionFact, number>> {
  const counts = Object.fromEntries(OPTION_FACTS.map((name) => [name, 0])) as Record<OptionFact, number>;
  const batches = new Set<string>();
  for (const event of history.events) {
    if (event.kind !== 'observed') continue;
    const fact = factOf(event.observation, batches);
    if (fact !== null) counts[fact] += 1;
  }
  return counts;
}

function factOf(observation: Observation, batches: Set<string>): OptionFact | null {
  switch (observation.kind) {
    case 'ledger-read':
      return observation.outcome === 'believed' ? 'ledger-believed' : null;
    case 'already-done':
      return 'record-already-done';
    case 'commit-settled':
      return observation.code === 'OFFSET_METADATA_TOO_LARGE' ? 'metadata-refused' : null;
    case 'action':
      return observation.reason === 'retries-exhausted' || observation.reason === 'skips-exhausted' || observation.reason === 'sent-by-hand'
        ? observation.reason
        : null;
    case 'lane-halted':
    case 'lane-resumed':
      return observation.kind;
    case 'overlap':
      return 'hung-call-overtaken';
    case 'delivered': {
      if (observation.batch === undefined) return null;
      const batch = `${observation.member} ${observation.batch}`;
      if (batches.has(batch)) return 'batch-of-several';
      batches.add(batch);
      return null;
    }
    case 'dead-lettered':
      return observation.pointer ? 'dead-letter-pointer' : 'dead-letter-written';
    case 'dead-letter-failed':
      return observation.retriable ? 'dead-letter-tried-again' : 'dead-letter-refused-for-good';
    case 'paused':
      return observation.cause === 'window' || observation.cause === 'hand' ? `paused-by-${observation.cause}` : null;
    default:
      return null;
  }
}
