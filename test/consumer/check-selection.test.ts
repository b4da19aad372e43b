import { describe, expect, test } from 'vitest';
import { checkHaltedPlace, checkSelection } from '../../src/consumer/check-selection.ts';

const TOPICS = ['orders', 'payments'];

/** What is thrown, by code and message. */
const thrown = (code: string, message: string): unknown => expect.objectContaining({ code, message });

describe('a slip of the pen', () => {
  test('in a selection is told by what was given and what was expected', () => {
    const select =
      (selection: object): unknown =>
      () =>
        checkSelection([{ topic: 'orders' }, selection as { topic: string }], TOPICS);
    expect(select({ topic: 'order' })).toThrow(
      thrown('HANDLER_MISSING', '"order" is not consumed here, expected one of "orders", "payments".'),
    );
    for (const partition of [-1, 1.5, '0', Number.NaN, null])
      expect(select({ topic: 'orders', partition })).toThrow(
        thrown(
          'CONFIG_INVALID',
          `partition is ${typeof partition === 'string' ? '"0"' : partition}, expected a whole number from 0, or none for the whole topic.`,
        ),
      );
    expect(select({ topic: 'orders', partition: 0 })).not.toThrow();
  });

  test('in the place of what is halted as well', () => {
    const decide =
      (place: object): unknown =>
      () =>
        checkHaltedPlace({ topic: 'orders', partition: 0, ...place }, TOPICS);
    expect(decide({ topic: 'order' })).toThrow(expect.objectContaining({ code: 'HANDLER_MISSING' }));
    expect(decide({ partition: undefined })).toThrow(thrown('CONFIG_INVALID', 'partition is undefined, expected a whole number from 0.'));
    expect(decide({ offset: -1 })).toThrow(thrown('CONFIG_INVALID', 'offset is -1, expected a whole number from 0.'));
    for (const place of [{}, { offset: 0 }, { offset: undefined }]) expect(decide(place)).not.toThrow();
  });
});
