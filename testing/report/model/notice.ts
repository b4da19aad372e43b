import type { Observation } from '../../../src/observation.ts';
import { visibleText } from './visible-text.ts';

/** What the runtime reports about itself that is out of the ordinary, as the rest of a sentence; null for its everyday work. */
export function noticeOf(observation: Observation): string | null {
  switch (observation.kind) {
    case 'discontinuity':
      return `a batch fetched from offset ${observation.fetchedFrom} was dropped, for it stands at ${observation.position}.`;
    case 'range-removed':
      return `records ${observation.from} to ${observation.to - 1} were removed before they were delivered.`;
    case 'stale-result':
      return `a late answer for record ${observation.offset} was dropped.`;
    case 'halted':
    case 'warning':
    case 'fatal':
      return `${observation.kind}: ${visibleText(observation.error.message, { limit: 300 })}`;
    default:
      return null;
  }
}
