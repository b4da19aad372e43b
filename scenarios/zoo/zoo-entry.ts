import type { InvariantName } from '../../testing/checker/violation.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';

/** A classic bug as a small honest consumer that has exactly this defect. */
export interface ZooEntry {
  /** Number in the catalogue. */
  readonly id: number;
  /** The bug in a few words. */
  readonly name: string;
  /** Public issue trackers where it was seen. */
  readonly seenIn: string;
  /** The promise that it breaks. */
  readonly invariant: InvariantName;
  /** The consumer with the defect. */
  readonly scenario: ScenarioDefinition;
  /** The same scenarios with the defect mended; they must hold. */
  readonly twin: ScenarioDefinition;
  /** Runs within which it must be caught on memory. */
  readonly caughtWithin: number;
  /** Whether a real broker can show it. */
  readonly onKafka: boolean;
}
