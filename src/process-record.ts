import type { StandardSchemaV1 } from '@standard-schema/spec';
import { consume, isAction, reject } from './action.ts';
import type { Action } from './action.ts';
import { decodeJson } from './decode-json.ts';
import { KafkaError } from './errors.ts';
import type { HandlerContext, Tombstones } from './handler.ts';
import type { KafkaRecord } from './record.ts';

/** A definition as the runtime calls it: the types of its values are the definition's business. */
export interface UntypedDefinition {
  readonly transform?: (record: KafkaRecord & { readonly value: Uint8Array }) => unknown;
  readonly schema?: StandardSchemaV1;
  readonly tombstones?: Tombstones;
  readonly handle: (value: never, context: HandlerContext) => Action | Promise<Action>;
}

const MOST_PATHS_SHOWN = 5;

/**
 * From record to action: decode, validate, handle. No async function on the way: a promise per record and step would
 * cost more than everything else here, so promises appear only where the definition returns one.
 */
export function processRecord(definition: UntypedDefinition, record: KafkaRecord, context: HandlerContext): Action | Promise<Action> {
  if (record.value === null) return processTombstone(definition, context);
  let input: unknown;
  try {
    input = decode(definition, record as KafkaRecord & { readonly value: Uint8Array });
  } catch (cause) {
    return decodeFailed(cause);
  }
  if (!isPromise(input)) return validate(definition, input, context);
  return input.then((decoded) => validate(definition, decoded, context), decodeFailed);
}

function processTombstone(definition: UntypedDefinition, context: HandlerContext): Action | Promise<Action> {
  if (definition.tombstones === 'consume') return consume();
  if (definition.tombstones === 'reject') return reject('tombstone');
  return handle(definition, null, context);
}

function decode(definition: UntypedDefinition, record: KafkaRecord & { readonly value: Uint8Array }): unknown {
  if (definition.transform !== undefined) return definition.transform(record);
  return definition.schema === undefined ? record.value : decodeJson(record.value);
}

function decodeFailed(cause: unknown): Action {
  return isAction(cause) ? cause : reject('decode-failed', cause);
}

function validate(definition: UntypedDefinition, input: unknown, context: HandlerContext): Action | Promise<Action> {
  if (definition.schema === undefined) return handle(definition, input, context);
  const result = definition.schema['~standard'].validate(input);
  if (!isPromise(result)) return judge(definition, result, context);
  return result.then((settled) => judge(definition, settled, context));
}

function judge(definition: UntypedDefinition, result: StandardSchemaV1.Result<unknown>, context: HandlerContext): Action | Promise<Action> {
  if (result.issues !== undefined) return reject('schema-mismatch', mismatch(result.issues));
  return handle(definition, result.value, context);
}

/** Called as a method of the definition: a `MessageHandler` in plain JavaScript may well use `this`. */
function handle(definition: UntypedDefinition, value: unknown, context: HandlerContext): Action | Promise<Action> {
  return definition.handle(value as never, context);
}

/**
 * The message has paths only: the messages of some schema libraries quote the value, and no record value belongs into a
 * log. They are in `cause`, as plain `{ path, message }`, for some libraries' issues hold on to the whole value.
 */
function mismatch(issues: readonly StandardSchemaV1.Issue[]): KafkaError {
  const plain = issues.map(({ message, path = [] }) => ({
    path: path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.'),
    message,
  }));
  const paths = [...new Set(plain.map(({ path }) => path || '(the value itself)'))];
  const shown = paths.slice(0, MOST_PATHS_SHOWN).join(', ');
  const more = paths.length > MOST_PATHS_SHOWN ? ` and ${paths.length - MOST_PATHS_SHOWN} more` : '';
  return new KafkaError('RECORD_INVALID', `the value does not match the schema at ${shown}${more}`, { cause: plain, details: { paths } });
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function';
}
