import type { Clock } from '../clock.ts';
import type { EventLog } from '../log/event-log.ts';
import type { Observer } from '../observation.ts';
import type { Random } from '../random.ts';
import type { ContextServices } from './delivery-context.ts';

/** What every part of a consumer works with. Nothing of it is global. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  /** Where every line of the runtime's own goes. */
  readonly log: EventLog;
  /** Null when nobody listens: then no observation is made. */
  readonly observe: Observer | null;
  /** Name of this consumer in observations. */
  readonly member: string;
  readonly context: ContextServices;
  /** Numbers the calls that have several records. */
  readonly nextBatch: () => number;
}
