import type { DeadLetterSink } from '../dead-letter/dead-letter-sink.ts';
import type { Handler } from '../handler.ts';
import type { PartitionEpoch } from '../transport.ts';
import type { CallGates } from './call-gate.ts';
import type { RunningLanes } from './lane.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { Ledger } from './ledger.ts';

/** What an order works with. */
export interface OrderOptions {
  readonly id: PartitionEpoch;
  readonly handler: Handler;
  readonly ledger: Ledger;
  /** What is terminal by an earlier owner's durable ledger; null where there is none to believe. */
  readonly claims: LedgerClaims | null;
  readonly lanes: RunningLanes;
  /** Null where nothing is limited. */
  readonly gates: CallGates | null;
  readonly deadLetters: DeadLetterSink | null;
  /** Something changed outside of `run`: run again, and look at what is terminal. */
  readonly wake: () => void;
  /** A defect of the runtime itself, outside of `run`. */
  readonly broken: (error: unknown) => void;
}
