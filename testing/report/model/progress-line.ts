import { CheckerState } from '../../checker/checker-state.ts';
import { committableOffset, openBelow } from '../../checker/open-records.ts';
import type { History } from '../../checker/history.ts';

/** How a partition got on, as steps: each point holds from its event until the next one. */
export interface ProgressLine {
  readonly topic: string;
  readonly partition: number;
  /** What the broker was seen to store; null: nothing. */
  readonly committed: readonly ProgressPoint[];
  /** What may be committed at most: everything before it is done. */
  readonly safe: readonly ProgressPoint[];
  /** One past the last record. */
  readonly logEnd: readonly ProgressPoint[];
}

export interface ProgressPoint {
  readonly event: number;
  readonly offset: number | null;
}

/** Seen through the checker's own eyes, so that the drawing and the verdict cannot differ. */
export function progressLines(history: History): readonly ProgressLine[] {
  const state = new CheckerState(history);
  const steppers = state.partitions.map((partition) => ({
    partition,
    committed: new Stepper(),
    safe: new Stepper(),
    logEnd: new Stepper(),
    end: 0,
  }));
  for (const [index, event] of history.events.entries()) {
    state.see(event);
    if (!('topic' in event)) {
      // A member that ends can end calls; nothing that a line shows.
      continue;
    }
    const stepper = steppers.find(({ partition }) => partition.topic === event.topic && partition.partition === event.partition);
    if (stepper === undefined) continue;
    if (event.kind === 'produced' || event.kind === 'call-started') stepper.end = Math.max(stepper.end, event.offset + 1);
    const { partition } = stepper;
    // An acknowledgement is the broker's word; the witness may come to ask a little later.
    const isAcknowledged = event.kind === 'client-commit-settled' && event.outcome === 'acknowledged';
    stepper.committed.step(index, isAcknowledged ? event.offset : event.kind === 'committed' ? event.offset : stepper.committed.last);
    stepper.logEnd.step(index, stepper.end);
    const committable = committableOffset(partition);
    // Not before the group has started: under `latest` nothing is promised until then.
    stepper.safe.step(index, committable > stepper.end && openBelow(partition, stepper.end, 1).length === 0 ? stepper.end : committable);
  }
  return steppers.map(({ partition, committed, safe, logEnd }) => ({
    topic: partition.topic,
    partition: partition.partition,
    committed: committed.points,
    safe: safe.points,
    logEnd: logEnd.points,
  }));
}

class Stepper {
  readonly points: ProgressPoint[] = [];
  last: number | null = null;

  step(event: number, offset: number | null): void {
    if (this.points.length > 0 && offset === this.last) return;
    this.last = offset;
    this.points.push({ event, offset });
  }
}
