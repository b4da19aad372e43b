import type { Letter } from './read-letter.ts';

/** Which letters are meant; what is left out means all. */
export interface LetterFilter {
  /** Any of these. */
  readonly reasons?: readonly string[];
  /** When the letter was written, in ms since the epoch: `since` ≤ time < `until`. */
  readonly since?: number;
  readonly until?: number;
  /** Where the record came from; a partition only together with its topic. */
  readonly originTopic?: string;
  readonly originPartition?: number;
}

/** `timestamp`: of the letter. */
export function matchesFilter(letter: Letter, timestamp: number, filter: LetterFilter): boolean {
  const { reasons, since, until, originTopic, originPartition } = filter;
  if (reasons !== undefined && !reasons.includes(letter.reason)) return false;
  if (since !== undefined && timestamp < since) return false;
  if (until !== undefined && timestamp >= until) return false;
  if (originTopic !== undefined && letter.origin.topic !== originTopic) return false;
  return originPartition === undefined || letter.origin.partition === originPartition;
}
