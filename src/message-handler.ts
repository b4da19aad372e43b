import type { StandardSchemaV1 } from '@standard-schema/spec';
import { makeHandler } from './define-handler.ts';
import { KafkaError } from './errors.ts';
import { HANDLER } from './handler.ts';
import type { Handler, HandlerDefinition, HandlerOptions, Tombstones } from './handler.ts';
import { showValue } from './show-value.ts';

/** Brand of the class form; see `asHandler`. */
export const MESSAGE_HANDLER: unique symbol = Symbol.for('kafka-rehearsal.message-handler');

/**
 * The class form of `defineHandler`: the same options as fields, the same type parameters. For handlers that carry state
 * of their own. Options are checked when it is registered, because a subclass's fields do not exist before.
 *
 * `handle` is a property on purpose: write `readonly handle = (value: ..., context: HandlerContext) => ...`. For batches use
 * `defineBatchHandler`.
 */
export abstract class MessageHandler<Input = Uint8Array, Value = Input, T extends Tombstones = 'handle'> {
  abstract readonly topic: string | readonly string[];
  abstract readonly handle: HandlerDefinition<Input, Value, T>['handle'];
  // `declare`: without it these fields would exist as undefined and hide a subclass's accessor.
  declare readonly transform?: NonNullable<HandlerDefinition<Input, Value, T>['transform']>;
  // oxlint-disable-next-line typescript/no-explicit-any -- the schema's input is whatever `transform` makes
  declare readonly schema?: StandardSchemaV1<any, Value>;
  declare readonly tombstones?: T;
  declare readonly ordering?: NonNullable<HandlerOptions['ordering']>;
  declare readonly concurrency?: NonNullable<HandlerOptions['concurrency']>;
  declare readonly rateLimit?: NonNullable<HandlerOptions['rateLimit']>;
  declare readonly retry?: NonNullable<HandlerOptions['retry']>;
  declare readonly deadLetter?: NonNullable<HandlerOptions['deadLetter']>;
  declare readonly deadlineMs?: number;
  declare readonly hungAfterMs?: number;
  declare readonly onHung?: NonNullable<HandlerOptions['onHung']>;

  constructor() {
    Object.defineProperty(this, MESSAGE_HANDLER, { value: true });
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- whatever values a handler takes, the runtime handles it alike
export type AnyMessageHandler = MessageHandler<any, any, any>;

/** A handler in either form, as the runtime needs it. Throws HANDLER_INVALID for anything else, and for a class form with wrong options. */
export function asHandler(handler: Handler | AnyMessageHandler): Handler {
  const branded = (typeof handler === 'object' && handler !== null ? handler : {}) as {
    readonly [HANDLER]?: unknown;
    readonly [MESSAGE_HANDLER]?: unknown;
  };
  if (branded[HANDLER] === true) return handler as Handler;
  if (branded[MESSAGE_HANDLER] === true) return makeHandler(handler.constructor.name || 'MessageHandler', handler, 'any');
  const hint =
    typeof handler === 'function'
      ? '; give an instance, not the class'
      : 'topic' in branded
        ? '; wrap this definition in defineHandler(...)'
        : '';
  throw new KafkaError(
    'HANDLER_INVALID',
    `got ${showValue(handler)} as a handler, expected what defineHandler returns or an instance of a MessageHandler${hint}`,
  );
}
