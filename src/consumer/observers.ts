import type { EventLog } from '../log/event-log.ts';
import type { Observer } from '../observation.ts';

/** Several observers as one, or null for none. One that throws is logged, the first time, and harms nobody else. */
export function combineObservers(observers: readonly Observer[], log: EventLog): Observer | null {
  if (observers.length === 0) return null;
  const guarded = observers.map((observer) => guard(observer, log));
  if (guarded.length === 1) return guarded[0] as Observer;
  return (observation) => {
    for (const observer of guarded) observer(observation);
  };
}

function guard(observer: Observer, log: EventLog): Observer {
  let failed = false;
  return (observation) => {
    try {
      observer(observation);
    } catch (error) {
      if (!failed)
        log.write('observer-failed', { err: error, kind: observation.kind }, 'An observer threw; further errors of it are not logged');
      failed = true;
    }
  };
}
