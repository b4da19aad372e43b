import type { HistoryEvent } from '../../testing/checker/history.ts';

/**
 * Partitions that a member had no more when it learned of it: told so, or given up later than a session after they were called
 * back. A process that stands still in the grace of a revocation ends it when it wakes, and is not told of any loss.
 */
export function countEvictions(events: readonly HistoryEvent[], sessionTimeoutMs: number): number {
  const calledBackAt = new Map<string, number>();
  let evictions = 0;
  for (const event of events) {
    if (event.kind === 'client-lost') evictions += 1;
    if (event.kind !== 'client-revoking' && event.kind !== 'client-revoked') continue;
    const key = `${event.member} ${event.topic}/${event.partition} ${event.epoch}`;
    if (event.kind === 'client-revoking') calledBackAt.set(key, event.at);
    else if (event.at - (calledBackAt.get(key) ?? event.at) >= sessionTimeoutMs) evictions += 1;
  }
  return evictions;
}
