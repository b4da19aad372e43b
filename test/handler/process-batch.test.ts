import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { consume, reject, skip } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import { defineBatchHandler } from '../../src/define-handler.ts';
import type { BatchContext, FailedAnswer, Handler } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { record } from '../support/scripted-transport.ts';
import { contextOf } from './context.ts';

const json = (offset: number, value: unknown): KafkaRecord => record(offset, { value: Buffer.from(JSON.stringify(value)) });

async function answersOf(handler: Handler, records: readonly KafkaRecord[]): Promise<readonly (Action | FailedAnswer)[]> {
  const contexts = records.map((each) => contextOf(each));
  return (await handler.processBatch?.(contexts, contexts[0] as BatchContext)) ?? [];
}

describe('values of a batch', () => {
  const schema = z.object({ id: z.number() });

  test('are validated one by one, also asynchronously, and keep their order whatever was sorted out', async () => {
    const seen: unknown[] = [];
    const slow = schema.refine(async ({ id }) => (await new Promise((resolve) => setImmediate(resolve)), id !== 3));
    const handler = defineBatchHandler({
      topic: 'orders',
      schema: slow,
      handleBatch: (items) => {
        seen.push(...items.map(({ value, record: { offset } }) => [offset, value]));
        return items.map(({ record: { offset } }) => (offset === 4 ? skip('busy') : consume()));
      },
    });
    const records = [
      json(0, { id: 1 }),
      json(1, { id: 'x' }),
      record(2, { value: Buffer.from('{') }),
      json(3, { id: 3 }),
      json(4, { id: 4 }),
    ];
    const answers = await answersOf(handler, records);
    expect(seen).toEqual([[0, { id: 1 }], [4, { id: 4 }]]); // prettier-ignore
    expect(answers).toMatchObject([
      { type: 'consume' },
      { type: 'reject', reason: 'schema-mismatch' },
      { type: 'reject', reason: 'decode-failed' },
      { type: 'reject', reason: 'schema-mismatch' },
      { type: 'skip', reason: 'busy' },
    ]);
  });

  test('may be put off one by one: a transform that throws a Skip, and a schema that breaks', async () => {
    const broken = new Error('the registry is down');
    const handler = defineBatchHandler({
      topic: 'orders',
      transform: ({ value, offset }) => {
        if (offset === 1) throw skip('registry');
        return value;
      },
      schema: z.custom((value) => {
        if ((value as Uint8Array)[0] === 2) throw broken;
        return true;
      }),
      handleBatch: () => consume(),
    });
    const answers = await answersOf(handler, [record(0), record(1), record(2)]);
    expect(answers).toMatchObject([{ type: 'consume' }, { type: 'skip', reason: 'registry' }, { type: 'failed', error: broken }]);
  });

  test.each([
    ['consume', { type: 'consume' }],
    ['reject', { type: 'reject', reason: 'tombstone' }],
  ] as const)('are no tombstones where those are to %s', async (tombstones, answer) => {
    const handler = defineBatchHandler({
      topic: 'orders',
      schema,
      tombstones,
      handleBatch: (items) => {
        expectTypeOf(items[0]!.value).toEqualTypeOf<{ id: number }>();
        return items.map(({ value }) => reject(`n-${value.id}`));
      },
    });
    expect(await answersOf(handler, [record(0, { value: null }), json(1, { id: 5 })])).toMatchObject([answer, { reason: 'n-5' }]);
  });

  test('may be null where tombstones are handled, and the type says so', async () => {
    const handler = defineBatchHandler({
      topic: 'orders',
      schema,
      handleBatch: (items) => {
        expectTypeOf(items[0]!.value).toEqualTypeOf<{ id: number } | null>();
        return items.map(({ value }) => (value === null ? reject('gone') : consume()));
      },
    });
    expect(await answersOf(handler, [record(0, { value: null }), json(1, { id: 5 })])).toMatchObject([
      { reason: 'gone' },
      { type: 'consume' },
    ]);
  });
});

describe('the handler of a batch', () => {
  test('is called as a method of its definition, with its own context', async () => {
    const contexts: BatchContext[] = [];
    const definition = {
      topic: 'orders',
      reason: 'mine',
      handleBatch(items: readonly unknown[], context: BatchContext): Action {
        contexts.push(context);
        return reject(`${this.reason}-${items.length}`);
      },
    };
    const handler = defineBatchHandler(Object.assign(Object.create(definition) as typeof definition, { topic: 'orders' }));
    expect(await answersOf(handler, [record(0), record(1)])).toMatchObject([{ reason: 'mine-2' }, { reason: 'mine-2' }]);
    expect(contexts).toHaveLength(1);
  });

  test('that throws or rejects fails each record with that error, and what was sorted out keeps its answer', async () => {
    const error = new RangeError('no');
    for (const handleBatch of [
      (): never => {
        throw error;
      },
      (): Promise<never> => Promise.reject(error),
    ]) {
      const handler = defineBatchHandler({ topic: 'orders', schema, handleBatch });
      expect(await answersOf(handler, [json(0, { id: 1 }), json(1, {}), json(2, { id: 2 })])).toMatchObject([
        { type: 'failed', error },
        { type: 'reject' },
        { type: 'failed', error },
      ]);
    }
  });

  const schema = z.object({ id: z.number() });
});
