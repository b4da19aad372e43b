import { checkHandlerOptions } from './handler-options.ts';
import { HANDLER } from './handler.ts';
import type { Handler, HandlerDefinition, Tombstones } from './handler.ts';
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

/** Shared by `defineHandler` and the class form. */
export function makeHandler(who: string, definition: unknown, fields: 'known' | 'any'): Handler {
  const { topics, retry, deadlineMs } = checkHandlerOptions(who, definition, fields);
  const untyped = definition as UntypedDefinition;
  return Object.freeze<Handler>({
    [HANDLER]: true,
    topics,
    retry,
    deadlineMs,
    process: (record, context) => processRecord(untyped, record, context),
  });
}
