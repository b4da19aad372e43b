import type { Fault } from '../../fault.ts';
import { visibleText } from './visible-text.ts';

/** A fault in plain words, as the subject of a sentence: `the answer to a commit is lost (member a, twice)`. */
export function faultWords(fault: Fault): string {
  const about = [
    fault.member === undefined ? null : `member ${visibleText(fault.member)}`,
    fault.topic === undefined ? null : `topic ${visibleText(fault.topic)}`,
    fault.partition === undefined ? null : `partition ${fault.partition}`,
    fault.times === undefined || fault.times === 1 ? null : `${fault.times} times`,
  ].filter((each) => each !== null);
  return `${kindWords(fault)}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

function kindWords(fault: Fault): string {
  switch (fault.kind) {
    case 'commit-refused':
      return `a commit is refused with ${visibleText(fault.code)}`;
    case 'commit-request-lost':
      return 'a commit is lost on its way to the broker';
    case 'commit-reply-lost':
      return 'a commit is stored, but its answer is lost';
    case 'fetch-request-lost':
      return 'a fetch is lost on its way to the broker';
    case 'fetch-reply-lost':
      return 'the answer to a fetch is lost';
    case 'heartbeat-request-lost':
      return 'a heartbeat is lost';
    case 'produce-refused':
      return `a write is refused with ${visibleText(fault.code)}`;
    case 'produce-reply-lost':
      return 'a record is written, but its acknowledgement is lost';
    default:
      // A kind that is newer than these words still has a name.
      return (fault as { readonly kind: string }).kind.replaceAll('-', ' ');
  }
}
