import { consume, isAction } from './action.ts';
import type { Action } from './action.ts';
import { KafkaError } from './errors.ts';
import type { BatchContext, BatchItem, FailedAnswer, HandlerContext } from './handler.ts';
import { processRecord } from './process-record.ts';
import type { UntypedDefinition } from './process-record.ts';
import { showValue } from './show-value.ts';

/** A definition of batches as the runtime calls it. */
export interface UntypedBatchDefinition extends Omit<UntypedDefinition, 'handle'> {
  readonly handleBatch: (
    items: readonly BatchItem<never>[],
    context: BatchContext,
  ) => Action | readonly Action[] | Promise<Action | readonly Action[]>;
}

type Answer = Action | FailedAnswer;

/** A record of the batch: its own answer, or the value that it goes to the handler with. */
type Prepared = { readonly answer: Answer } | { readonly answer: null; readonly item: BatchItem<unknown> };

/**
 * From records to one answer each: those that cannot be decoded, and tombstones that the handler does not want, are answered
 * by themselves; the rest goes to the handler in one call, or in none where nothing is left.
 */
export async function processBatch(
  definition: UntypedBatchDefinition,
  contexts: readonly HandlerContext[],
  context: BatchContext,
): Promise<readonly Answer[]> {
  const prepared = await Promise.all(contexts.map((each) => prepare(definition, each)));
  const items = prepared.flatMap((each) => (each.answer === null ? [each.item] : []));
  const answers = items.length === 0 ? [] : await handle(definition, items, context);
  let next = 0;
  return prepared.map((each) => each.answer ?? (answers[next++] as Answer));
}

async function prepare(definition: UntypedBatchDefinition, context: HandlerContext): Promise<Prepared> {
  const { record, id, attempt, failures } = context;
  let item: BatchItem<unknown> | null = null;
  // Whatever reaches the handler of the single record is what the batch takes.
  const single: UntypedDefinition = {
    ...definition,
    handle: (value: unknown) => {
      item = { value, record, id, attempt, failures };
      return consume();
    },
  };
  try {
    const answer = await processRecord(single, record, context);
    return item === null ? { answer } : { answer: null, item };
  } catch (error) {
    return { answer: { type: 'failed', error } };
  }
}

async function handle(
  definition: UntypedBatchDefinition,
  items: readonly BatchItem<unknown>[],
  context: BatchContext,
): Promise<readonly Answer[]> {
  try {
    const answer: unknown = await definition.handleBatch(items as readonly BatchItem<never>[], context);
    if (isAction(answer)) return items.map(() => answer);
    if (Array.isArray(answer) && answer.length === items.length && answer.every(isAction)) return answer;
    throw new KafkaError('HANDLER_INVALID', `handleBatch answered ${describe(answer)}, expected ${expected(items.length)}.`);
  } catch (error) {
    return items.map(() => ({ type: 'failed', error }));
  }
}

function expected(count: number): string {
  return `one action for all, or an array of exactly ${count}, one for each record in their order`;
}

/** Without the values: they may be of a record. */
function describe(answer: unknown): string {
  if (!Array.isArray(answer)) return answer === undefined ? 'undefined (a missing return?)' : `a ${showKind(answer)}`;
  const stray = answer.findIndex((each) => !isAction(each));
  return stray === -1 ? `an array of ${answer.length}` : `an array of ${answer.length} whose element ${stray} is no action`;
}

function showKind(answer: unknown): string {
  return answer === null ? showValue(null) : typeof answer === 'object' ? 'object that is no action' : typeof answer;
}
