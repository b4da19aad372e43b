import type { EventOf } from './history.ts';
import { NOTHING, watching, type Invariant } from './invariant.ts';
import type { RatePromise } from './promises.ts';
import { partitionName } from './wording.ts';

/** How many deliveries could still follow at once: filled up by time, to the burst at most. */
interface Bucket {
  tokens: number;
  at: number;
}

/** Times are floating-point numbers. */
const ROUNDING = 1e-6;

/**
 * In any window of time, its ends included, a process makes no more deliveries than the burst and the rate for each second of
 * it; redeliveries count, and each record of a batch does. Per handler, and over all handlers of the process. A bucket that starts
 * full, gains by the rate and never falls below nothing says the same of every window at once. A process whose clock jumped
 * begins with a full one.
 */
export const rateLimit: Invariant = {
  name: 'rate-limit',
  promise: 'No more records were delivered in any stretch of time than the rate limits allow.',
  watch(state, judge) {
    const { handlers = [], process, clockSlackMs = 0 } = state.history.settings;
    const ofProcess = process?.rateLimit ?? null;
    if (ofProcess === null && handlers.every(({ rateLimit: limit }) => limit === undefined)) return NOTHING;
    const buckets = new Map<string, Map<string, Bucket>>();
    const take = (event: EventOf<'call-started'>, limit: RatePromise | null, whose: string, name: string): void => {
      if (limit === null) return;
      judge.evaluated();
      let named = buckets.get(event.member);
      if (named === undefined) buckets.set(event.member, (named = new Map<string, Bucket>()));
      const bucket = named.get(name) ?? { tokens: limit.burst, at: event.at };
      named.set(name, bucket);
      const earned = ((event.at - bucket.at) * limit.recordsPerSecond) / 1_000;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + earned) - 1;
      bucket.at = event.at;
      if (bucket.tokens + (clockSlackMs * limit.recordsPerSecond) / 1_000 >= -ROUNDING) return;
      // Told once; the rest of the flood is the same.
      bucket.tokens = limit.burst;
      judge.violated({
        where: event,
        offsets: [event.offset],
        members: [event.member],
        at: event.at,
        message:
          `${partitionName(event)}: record ${event.offset} was delivered sooner than ${whose} of ${event.member} promises: ${limit.recordsPerSecond} records a second, ` +
          `and ${limit.burst} at once after a quiet time. What the limit protects is flooded.`,
      });
    };
    return watching(['call-started', 'fault'], {
      see(event) {
        if (event.kind === 'fault') {
          if (event.fault.kind !== 'clock-jumped') return;
          for (const member of buckets.keys())
            if (member === event.fault.member || member.startsWith(`${event.fault.member}#`)) buckets.delete(member);
          return;
        }
        if (event.kind !== 'call-started') return;
        const { handler, rateLimit: limit } = state.promises.of(event.topic);
        take(event, limit, 'the handler', `handler ${handler}`);
        take(event, ofProcess, 'the process', 'process');
      },
    });
  },
};
