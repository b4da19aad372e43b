import type { Action } from '../../src/action.ts';
import type { Clock } from '../../src/clock.ts';
import { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { deliveryContext } from './delivery-context.ts';

/** What came of a delivery: the handler's action, or that it failed. */
export type DeliveryOutcome = Action['type'] | 'failed';

/** Calls the handler of the record's topic and waits for its answer. Never rejects. */
export async function callHandler(
  handlers: readonly Handler[],
  clock: Clock,
  record: KafkaRecord,
  attempt: number,
  failures: number,
): Promise<DeliveryOutcome> {
  const handler = handlers.find((each) => each.topics.includes(record.topic));
  if (handler === undefined) throw new KafkaError('HANDLER_MISSING', `No handler for topic ${record.topic}`);
  try {
    const action = await handler.process(record, deliveryContext(clock, record, attempt, failures));
    return action.type;
  } catch {
    // The handler's failure is an outcome like any other; its evidence was written by the witness.
    return 'failed';
  }
}
