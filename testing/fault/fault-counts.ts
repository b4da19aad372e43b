import type { Fault, FaultKind } from '../fault.ts';
import type { Happening } from './happening.ts';

/** Counts faults that were felt, and tells of them. One per venue, or per run. */
export class FaultCounts {
  readonly fired: Map<FaultKind, number> = new Map();
  onHappening: ((happening: Happening) => void) | null = null;

  felt(fault: Fault): void {
    this.fired.set(fault.kind, (this.fired.get(fault.kind) ?? 0) + 1);
    this.onHappening?.({ kind: 'fault', fault, phase: 'felt' });
  }

  over(fault: Fault): void {
    this.onHappening?.({ kind: 'fault', fault, phase: 'over' });
  }
}
