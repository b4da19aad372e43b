import type { History } from '../../testing/checker/history.ts';
import { readable } from '../../testing/stage/shown-record.ts';
import { OPERATION_HEADER } from '../plan-world.ts';
import type { PlanResult } from '../run-plan.ts';
import type { RunRecord } from './scenario-options.ts';

/** One record and what the history says of it. */
export interface TracedRecord {
  readonly shown: RunRecord;
  /** Index of the last answer's event; null where there was none. */
  readonly answeredAt: number | null;
  /** Whether it went for good before anybody was done with it, or is no longer what was written. */
  readonly spoiled: boolean;
}

interface Answers {
  deliveries: number;
  outcome: RunRecord['outcome'];
  reason: string | null;
  event: number | null;
}

/** Every record that stands in a topic at the end, with its last answer. */
export function tracedRecords({ history, records }: Pick<PlanResult, 'history' | 'records'>): readonly TracedRecord[] {
  const answers = answersOf(history);
  const replaced = new Set(history.events.flatMap((event) => (event.kind === 'log-replaced' ? [`${event.topic}/${event.partition}`] : [])));
  const poisoned = history.events.some((event) => event.kind === 'fault' && event.phase === 'felt' && event.fault.kind === 'poison-record');
  return records.map((record) => {
    const { topic, partition, offset, timestamp } = record;
    const id = `${topic}/${partition}/${offset}`;
    const { deliveries, outcome, reason, event } = answers.get(id) ?? { deliveries: 0, outcome: null, reason: null, event: null };
    const isPoisoned = poisoned && outcome === 'reject' && reason === 'decode-failed';
    return {
      shown: {
        id,
        topic,
        partition,
        offset,
        timestamp,
        key: record.key === null ? null : new TextDecoder().decode(record.key),
        value: readable(record.value),
        headers: record.headers.filter(([name]) => name !== OPERATION_HEADER),
        outcome,
        reason,
        deliveries,
      },
      answeredAt: event,
      spoiled: isPoisoned || replaced.has(`${topic}/${partition}`),
    };
  });
}

/** Faults after which the messages are no longer the same: another value, or another offset and with it another `context.id`. */
const SPOILING: ReadonlySet<string> = new Set(['poison-record', 'control-record']);

/** Whether faults took records away or made others of them: then the end need not be that of a run without faults. */
export function isLossy(history: History): boolean {
  return history.events.some(
    (event) =>
      event.kind === 'log-replaced' ||
      event.kind === 'log-start-moved' ||
      (event.kind === 'fault' && event.phase === 'felt' && SPOILING.has(event.fault.kind)),
  );
}

function answersOf({ events }: History): ReadonlyMap<string, Answers> {
  const answers = new Map<string, Answers>();
  for (const [index, event] of events.entries()) {
    if (event.kind !== 'call-started' && event.kind !== 'call-ended') continue;
    const id = `${event.topic}/${event.partition}/${event.offset}`;
    let known = answers.get(id);
    if (known === undefined) answers.set(id, (known = { deliveries: 0, outcome: null, reason: null, event: null }));
    if (event.kind === 'call-started') known.deliveries += 1;
    else {
      known.outcome = event.outcome;
      known.reason = event.reason;
      known.event = index;
    }
  }
  return answers;
}
