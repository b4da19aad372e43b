import { checkHandlerOptions } from './handler-options.ts';
import { HANDLER } from './handler.ts';
import type { BatchHandlerDefinition, Handler, HandlerDefinition, Tombstones } from './handler.ts';
import { processBatch } from './process-batch.ts';
import type { UntypedBatchDefinition } from './process-batch.ts';
import { processRecord } from './process-record.ts';
import type { UntypedDefinition } from './process-record.ts';

/**
 * Makes a handler of batches; all else as below. This form comes first, for a compiler explains a mistake by the last one, and
 * most definitions are of single records.
 */
export function defineHandler<Input = Uint8Array, Value = Input, const T extends Tombstones = 'handle'>(
  definition: BatchHandlerDefinition<Input, Value, T>,
): Handler;
/**
 * Makes a handler from its topic, how a value is decoded and validated, and what to do with it. The value's type comes
 * from the schema, else from `transform`, else it is the bytes. Throws HANDLER_INVALID for anything that can be told
 * before the first record.
 */
export function defineHandler<Input = Uint8Array, Value = Input, const T extends Tombstones = 'handle'>(
  definition: HandlerDefinition<Input, Value, T>,
): Handler;
export function defineHandler(definition: unknown): Handler {
  return makeHandler('defineHandler', definition, 'known');
}

/** Shared by `defineHandler` and the class form. */
export function makeHandler(who: string, definition: unknown, fields: 'known' | 'any'): Handler {
  const options = checkHandlerOptions(who, definition, fields);
  const untyped = definition as UntypedDefinition;
  const handler: Handler = {
    [HANDLER]: true,
    ...options,
    process: (record, context) => processRecord(untyped, record, context),
  };
  if (options.batch === null) return Object.freeze(handler);
  const batches = definition as UntypedBatchDefinition;
  return Object.freeze<Handler>({ ...handler, processBatch: (contexts, context) => processBatch(batches, contexts, context) });
}
