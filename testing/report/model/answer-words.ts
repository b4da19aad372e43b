import type { CallOutcome } from '../../checker/history.ts';
import { visibleText } from './visible-text.ts';

/** Names in a cell or a label. */
export const OUTCOME_NAMES: Readonly<Record<CallOutcome | 'unanswered', string>> = {
  consume: 'Consume',
  skip: 'Skip',
  reject: 'Reject',
  failed: 'failed',
  unanswered: 'no answer',
};

/** What the handler did with a record, as the end of a sentence that begins with the handler. */
export function answerWords(outcome: CallOutcome | 'unanswered', reason: string | null): string {
  const why = reasonWords(reason);
  switch (outcome) {
    case 'consume':
      return 'answered Consume: done';
    case 'skip':
      return `answered Skip${why}: not now, deliver it again`;
    case 'reject':
      return `answered Reject${why}: never valid, done`;
    case 'failed':
      return `failed${why}: not done, deliver it again`;
    case 'unanswered':
      return 'never answered';
  }
}

/** A rehearsal's own reasons are those of the plan; any other is the handler's. */
function reasonWords(reason: string | null): string {
  if (reason === null || reason === '') return '';
  if (reason === 'scripted' || reason === 'Error: scripted failure') return ', as the plan told it to';
  return ` (“${visibleText(reason, { limit: 120 })}”)`;
}

/** The same for an answer that came when the assignment was over. */
export function lateWords(outcome: CallOutcome | 'unanswered'): string {
  return `answered ${OUTCOME_NAMES[outcome]} too late: the partition had been taken away in the meantime, so the answer counts for nothing`;
}
