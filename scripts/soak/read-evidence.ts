import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { HistoryEvent } from '../../testing/checker/history.ts';

/** What a process wrote down, in its order. */
export interface Evidence {
  readonly events: readonly HistoryEvent[];
  /** It was killed while it wrote its last line, which is left out. */
  readonly torn: boolean;
}

/** Numbers of calls and commits are counted in each process from 1: this much lies between those of two processes. */
const IDS_PER_PROCESS = 1e9;

/**
 * Reads one process's evidence. Only the last line may be torn, and only without its line feed: the process was killed
 * there. Anything else that cannot be read is an error. `process` is the number of the process in the run.
 */
export async function readEvidence(path: string, process: number): Promise<Evidence> {
  const events: HistoryEvent[] = [];
  let unread: string | null = null;
  let unreadable: Error | null = null;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    if (unread !== null) throw new Error(`${path}: line ${events.length + 1} is not JSON, and not the last: ${unreadable?.message}`);
    try {
      events.push(numbered(JSON.parse(line) as HistoryEvent, process));
    } catch (error) {
      unread = line;
      unreadable = error as Error;
    }
  }
  return { events, torn: unread !== null };
}

function numbered(event: HistoryEvent, process: number): HistoryEvent {
  const base = process * IDS_PER_PROCESS;
  const given = event as { call?: number; commit?: number; produce?: number; batch?: number };
  for (const name of ['call', 'commit', 'produce', 'batch'] as const) if (given[name] !== undefined) given[name] += base;
  return event;
}

/** A question to the broker, and what was known when it was sent. */
export type AskedEvent = HistoryEvent & { readonly askedAt?: number };

/**
 * All evidence in one order: that of the monotonic clock which the processes share. What caused something in another
 * process was written down before it, so its time is lower. `askedAt` becomes the number of events until then.
 */
export function mergeEvidence(parts: readonly (readonly AskedEvent[])[]): readonly HistoryEvent[] {
  const merged = parts.flat().sort((left, right) => left.at - right.at);
  for (const event of merged) {
    if (event.kind !== 'committed') continue;
    const { askedAt = event.at } = event;
    (event as { askedAfter: number }).askedAfter = countUntil(merged, askedAt);
  }
  return merged;
}

function countUntil(events: readonly HistoryEvent[], at: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
