import { consume, defineHandler, skip } from 'kafka-rehearsal';
import type { Handler } from 'kafka-rehearsal';
import * as v from 'valibot';

const movement = v.object({ article: v.string(), pieces: v.number() });

/** Where pieces lie. An article that is being counted does not take movements. */
export interface Warehouse {
  move(id: string, article: string, pieces: number): Promise<'moved' | 'being-counted'>;
}

/**
 * Moves stock. The key of a record is its article: the movements of one article are handled in order, those of different
 * articles side by side, so that an article which is being counted for an hour holds up nobody else.
 */
export function stockHandler(warehouse: Warehouse): Handler {
  return defineHandler({
    topic: 'stock-movements',
    schema: movement,
    tombstones: 'consume',
    ordering: 'key',
    concurrency: 20,
    retry: { initialDelayMs: 1_000, maxDelayMs: 60_000 },
    async handle({ article, pieces }, { id }) {
      return (await warehouse.move(id, article, pieces)) === 'moved' ? consume() : skip('being counted');
    },
  });
}
