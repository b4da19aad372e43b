import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Observer } from '../observation.ts';
import type { Random } from '../random.ts';
import type { ContextServices } from './delivery-context.ts';

/** What every part of a consumer works with. Nothing of it is global. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Null when nobody listens: then no observation is made. */
  readonly observe: Observer | null;
  /** Name of this consumer in observations. */
  readonly member: string;
  readonly context: ContextServices;
  /** Numbers the calls that have several records. */
  readonly nextBatch: () => number;
}
