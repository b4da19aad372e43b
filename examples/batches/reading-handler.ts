import { consume, defineBatchHandler, skip } from 'kafka-rehearsal';
import type { Handler } from 'kafka-rehearsal';
import * as v from 'valibot';

const reading = v.object({ sensor: v.string(), level: v.number() });

/** One row of the store; its id makes a second insertion harmless. */
export interface Row {
  readonly id: string;
  readonly sensor: string;
  readonly level: number;
}

/** A store that inserts many rows at once, and says of each whether it took it. */
export interface ReadingStore {
  insertMany(rows: readonly Row[]): Promise<readonly boolean[]>;
}

/** Inserts readings a hundred at a time, or what there is after 50 ms. A row that the store did not take comes again. */
export function readingHandler(store: ReadingStore): Handler {
  return defineBatchHandler({
    topic: 'readings',
    schema: reading,
    tombstones: 'consume',
    batch: { maxRecords: 100, lingerMs: 50 },
    async handleBatch(items) {
      const taken = await store.insertMany(items.map(({ id, value: { sensor, level } }) => ({ id, sensor, level })));
      return taken.map((isTaken) => (isTaken ? consume() : skip('the store did not take it')));
    },
  });
}
