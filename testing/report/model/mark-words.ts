import type { LaneModel } from './lane-model.ts';
import type { Mark } from './mark.ts';
import { shownTime } from './shown-time.ts';

/** `551 ms`, or `551 ms to 558 ms` for what lasts. */
export function markTime({ at, until }: Pick<Mark, 'at' | 'until'>): string {
  return until === null || until === at ? shownTime(at) : `${shownTime(at)} to ${shownTime(until)}`;
}

/** Null for any other mark. With the time of the break: what lasts began before it. */
export function breakWords(mark: Mark, { violation }: Pick<LaneModel, 'violation'>): string | null {
  return mark.violates ? `The promise broke here, at ${shownTime(violation.at)}.` : null;
}
