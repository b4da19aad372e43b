import { KafkaError } from './errors.ts';
import { checkHandlerOptions } from './handler-options.ts';
import { HANDLER } from './handler.ts';
import type { BatchHandlerDefinition, Handler, HandlerDefinition, Tombstones } from './handler.ts';
import { processBatch } from './process-batch.ts';
import type { UntypedBatchDefinition } from './process-batch.ts';
import { processRecord } from './process-record.ts';
import type { UntypedDefinition } from './process-record.ts';

/**
 * Makes a handler from its topic, how a value is decoded and validated, and what to do with it. The value's type comes
 * from the schema, else from `transform`, else it is the bytes. Throws HANDLER_INVALID for anything that can be told
 * before the first record.
 */
export function defineHandler<Input = Uint8Array, Value = Input, const T extends Tombstones = 'handle'>(
  definition: HandlerDefinition<Input, Value, T>,
): Handler {
  return makeHandler('defineHandler', definition, 'known');
}

/**
 * The same for records in batches. A function of its own and no overload: a compiler would explain every mistake in a
 * definition by all forms at once.
 */
export function defineBatchHandler<Input = Uint8Array, Value = Input, const T extends Tombstones = 'handle'>(
  definition: BatchHandlerDefinition<Input, Value, T>,
): Handler {
  const options = checkHandlerOptions('defineBatchHandler', definition, 'batch');
  const batches = definition as UntypedBatchDefinition;
  return Object.freeze<Handler>({
    [HANDLER]: true,
    ...options,
    process: (record) => {
      throw new KafkaError('HANDLER_INVALID', `The handler of ${record.topic} takes batches: call processBatch.`);
    },
    processBatch: (contexts, context) => processBatch(batches, contexts, context),
  });
}

/** Shared by `defineHandler` and the class form. */
export function makeHandler(who: string, definition: unknown, fields: 'known' | 'any'): Handler {
  const untyped = definition as UntypedDefinition;
  return Object.freeze<Handler>({
    [HANDLER]: true,
    ...checkHandlerOptions(who, definition, fields),
    process: (record, context) => processRecord(untyped, record, context),
  });
}
