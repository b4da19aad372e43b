import { describe, expect, it } from 'vitest';
import { consume } from '../../src/action.ts';
import { defineBatchHandler, defineHandler } from '../../src/define-handler.ts';
import { KafkaError } from '../../src/errors.ts';
import { HANDLER } from '../../src/handler.ts';

const handle = (): ReturnType<typeof consume> => consume();

/** The message of the HANDLER_INVALID that a definition must get. */
function refusal(definition: unknown): string {
  try {
    defineHandler(definition as never);
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'HANDLER_INVALID') return error.message;
    throw error;
  }
  throw new Error('the definition was accepted');
}

describe('a definition', () => {
  it('becomes a handler with its options completed', () => {
    const handler = defineHandler({ topic: ['a', 'b'], retry: { initialDelayMs: 5 }, deadlineMs: 1000, handle });
    expect(handler).toMatchObject({
      [HANDLER]: true,
      topics: ['a', 'b'],
      retry: { initialDelayMs: 5, maxDelayMs: 30_000, factor: 2 },
      deadlineMs: 1000,
    });
    expect(defineHandler({ topic: 'a', handle })).toMatchObject({
      topics: ['a'],
      retry: { initialDelayMs: 200, maxDelayMs: 30_000, factor: 2 },
      deadlineMs: null,
    });
  });

  it('with a first delay above the default maximum raises the maximum', () => {
    expect(defineHandler({ topic: 'a', retry: { initialDelayMs: 60_000 }, handle }).retry.maxDelayMs).toBe(60_000);
  });

  it.each<[string, unknown, string]>([
    ['no object', null, 'takes an object, and got null'],
    ['no topic', { handle }, 'topic is undefined, expected the name of a topic'],
    ['no topics', { topic: [], handle }, 'topic is an empty array, expected the name of at least one topic'],
    ['an empty topic', { topic: '', handle }, 'topic is ""'],
    [
      'a wild topic',
      { topic: 'user events', handle },
      'topic is "user events", expected the name of a topic, or an array of them: 1 to 249 characters',
    ],
    ['a dot as topic', { topic: '.', handle }, 'topic is "."'],
    ['a topic twice', { topic: ['a', 'a'], handle }, 'topic names "a" twice'],
    ['a regular expression', { topic: /a.*/, handle }, 'topic is an object of class RegExp'],
    ['no handle', { topic: 'a' }, 'defineHandler of "a": handle is undefined, expected a function'],
    ['a wrong transform', { topic: 'a', transform: 'json', handle }, 'transform is "json", expected a function'],
    [
      'a schema of another kind',
      { topic: 'a', schema: { type: 'object' }, handle },
      'schema is an object, expected a Standard Schema (zod',
    ],
    ['a wrong tombstones', { topic: 'a', tombstones: 'drop', handle }, 'tombstones is "drop", expected "handle", "consume" or "reject"'],
    ['a wrong ordering', { topic: 'a', ordering: 'topic', handle }, 'ordering is "topic", expected "partition", "key" or "unordered"'],
    ['an unknown option', { topic: 'a', handel: handle, handle }, 'handel is unknown; there are topic, transform, schema'],
    ['a wrong retry', { topic: 'a', retry: 5, handle }, 'retry is 5, expected an object'],
    ['an unknown retry option', { topic: 'a', retry: { delay: 5 }, handle }, 'retry.delay is unknown; there are retry.initialDelayMs'],
    [
      'a delay of 0',
      { topic: 'a', retry: { initialDelayMs: 0 }, handle },
      'retry.initialDelayMs is 0, expected milliseconds, an integer from 1 to 3600000',
    ],
    ['a delay as text', { topic: 'a', retry: { initialDelayMs: '5' }, handle }, 'retry.initialDelayMs is "5"'],
    [
      'delays crossed',
      { topic: 'a', retry: { initialDelayMs: 500, maxDelayMs: 100 }, handle },
      'retry.maxDelayMs is 100, expected at least retry.initialDelayMs, which is 500',
    ],
    ['a small factor', { topic: 'a', retry: { factor: 0.5 }, handle }, 'retry.factor is 0.5, expected a number from 1 to 10'],
    ['a factor as text', { topic: 'a', retry: { factor: '2' }, handle }, 'retry.factor is "2", expected a number from 1 to 10'],
    [
      'an end that nothing leads to',
      { topic: 'a', retry: { initialDelayMs: 5, onExhausted: 'halt' }, handle },
      'retry.onExhausted is "halt" without a limit, expected one of retry.maxAttempts, retry.maxElapsedMs, retry.retryIf, retry.maxSkips, retry.maxSkipMs beside it',
    ],
    ['a factor of NaN', { topic: 'a', retry: { factor: Number.NaN }, handle }, 'retry.factor is NaN'],
    ['a deadline of 0', { topic: 'a', deadlineMs: 0, handle }, 'deadlineMs is 0, expected milliseconds, an integer from 1 to 86400000'],
  ])('with %s is refused', (_what, definition, message) => expect(refusal(definition)).toContain(message));

  it.each([{ maxAttempts: 1 }, { maxElapsedMs: 1 }, { maxSkips: 0 }, { maxSkipMs: 1 }, { retryIf: () => true }])(
    'may say what follows on the limit of %s',
    (limit) => {
      expect(defineHandler({ topic: 'a', retry: { ...limit, onExhausted: 'halt' }, handle }).retry).toMatchObject({ onExhausted: 'halt' });
    },
  );
});

describe('a definition of batches', () => {
  const handleBatch = (): ReturnType<typeof consume> => consume();

  it('becomes a handler that takes them', () => {
    const handler = defineBatchHandler({ topic: 'a', batch: { maxRecords: 5 }, handleBatch });
    expect(handler).toMatchObject({ ordering: 'partition', batch: { maxRecords: 5, maxBytes: 1_048_576, lingerMs: 0 } });
    expect(handler.processBatch).toBeTypeOf('function');
  });

  it.each<[string, unknown, string]>([
    ['no handleBatch', { topic: 'a' }, 'defineBatchHandler of "a": handleBatch is undefined, expected a function'],
    ['a handle', { topic: 'a', handle: handleBatch, handleBatch }, 'handle is unknown; there are topic, transform'],
    ['no records', { topic: 'a', batch: { maxRecords: 0 }, handleBatch }, 'batch.maxRecords is 0, expected an integer from 1 to 10000'],
    [
      'a long linger',
      { topic: 'a', batch: { lingerMs: 60_001 }, handleBatch },
      'batch.lingerMs is 60001, expected milliseconds, an integer from 0',
    ],
    ['an unknown option', { topic: 'a', batch: { size: 5 }, handleBatch }, 'batch.size is unknown; there are batch.maxRecords'],
    ['a number as batch', { topic: 'a', batch: 5, handleBatch }, 'batch is 5, expected an object'],
  ])('with %s is refused', (_what, definition, message) => {
    expect(() => defineBatchHandler(definition as Parameters<typeof defineBatchHandler>[0])).toThrow(message);
  });

  it('is told where to go by defineHandler', () => {
    expect(refusal({ topic: 'a', handleBatch })).toContain('handleBatch is given: batches are taken by defineBatchHandler');
  });
});
