import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/consumer/ledger.ts';

const at = (...offsets: number[]): { offset: number }[] => offsets.map((offset) => ({ offset }));

describe('ledger', () => {
  test('the committable offset is the lowest open record, or the position when none is open', () => {
    const ledger = new Ledger(10);
    expect(ledger.committable).toBe(10);
    expect(ledger.accept({ fetchedFrom: 10, nextOffset: 20, records: at(10, 12, 15) })).toBe(true);
    expect(ledger.committable).toBe(10);
    ledger.complete(0);
    expect(ledger.committable).toBe(12);
    ledger.complete(2);
    expect(ledger.committable).toBe(12);
    ledger.complete(1);
    expect(ledger.committable).toBe(20);
  });

  test('a batch without records moves position and committable offset: control records and gaps hold nothing back', () => {
    const ledger = new Ledger(0);
    ledger.accept({ fetchedFrom: 0, nextOffset: 7, records: [] });
    expect([ledger.position, ledger.committable]).toEqual([7, 7]);
  });

  test('a batch that was not fetched from the position changes nothing', () => {
    const ledger = new Ledger(5);
    for (const fetchedFrom of [4, 6]) expect(ledger.accept({ fetchedFrom, nextOffset: 20, records: at(10) })).toBe(false);
    expect([ledger.position, ledger.openCount]).toEqual([5, 0]);
  });

  test.each([
    ['below the fetched offset', { fetchedFrom: 5, nextOffset: 9, records: at(4) }],
    ['out of order', { fetchedFrom: 5, nextOffset: 9, records: at(7, 6) }],
    ['twice', { fetchedFrom: 5, nextOffset: 9, records: at(6, 6) }],
    ['above the next offset', { fetchedFrom: 5, nextOffset: 9, records: at(9) }],
    ['with a next offset below the fetched one', { fetchedFrom: 5, nextOffset: 4, records: [] }],
    ['with no next offset', { fetchedFrom: 5, nextOffset: Number.NaN, records: [] }],
  ])('offsets %s are refused, and nothing changes', (_what, batch) => {
    const ledger = new Ledger(5);
    expect(() => ledger.accept(batch)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    expect([ledger.position, ledger.openCount, ledger.window]).toEqual([5, 0, 0]);
  });

  test('completing twice, or what was never accepted, is a programmer error', () => {
    const ledger = new Ledger(0);
    ledger.accept({ fetchedFrom: 0, nextOffset: 3, records: at(0, 1, 2) });
    ledger.complete(1);
    for (const sequence of [1, 3, -1]) expect(() => ledger.complete(sequence)).toThrow(RangeError);
    expect(ledger.openCount).toBe(2);
  });

  test('the position passes over a removed range, and never goes back', () => {
    const ledger = new Ledger(0);
    ledger.accept({ fetchedFrom: 0, nextOffset: 2, records: at(0, 1) });
    ledger.passOver(10);
    expect([ledger.position, ledger.committable]).toEqual([10, 0]);
    expect(() => ledger.passOver(9)).toThrow(RangeError);
    ledger.complete(0);
    ledger.complete(1);
    expect(ledger.committable).toBe(10);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('does not start at %s', (offset) => {
    expect(() => new Ledger(offset)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  // Quadratic would be 2 × 10^10 steps: minutes. How fast it is says the benchmark.
  test('200,000 records may complete in the worst order', () => {
    const count = 200_000;
    const ledger = new Ledger(0);
    ledger.accept({ fetchedFrom: 0, nextOffset: count, records: Array.from({ length: count }, (_, offset) => ({ offset })) });
    for (let sequence = count - 1; sequence >= 0; sequence--) ledger.complete(sequence);
    expect(ledger.committable).toBe(count);
  });

  test('is as large as what was open at once, not as all that ever was', () => {
    const ledger = new Ledger(0);
    const size = 1_024;
    const before = process.memoryUsage().arrayBuffers;
    for (let from = 0; from < 400_000; from += size) {
      ledger.accept({
        fetchedFrom: from,
        nextOffset: from + size,
        records: Array.from({ length: size }, (_, index) => ({ offset: from + index })),
      });
      for (let sequence = from; sequence < from + size; sequence++) ledger.complete(sequence);
    }
    // 13 bytes a record: 5 million for all.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  // To copy what is open for each batch would be 10^10 steps: more than a minute.
  test('150,000 batches of one record may come above one that is stuck', () => {
    const count = 150_000;
    const ledger = new Ledger(0);
    for (let offset = 0; offset < count; offset++) {
      ledger.accept({ fetchedFrom: offset, nextOffset: offset + 1, records: [{ offset }] });
      if (offset > 0) ledger.complete(offset);
    }
    expect([ledger.committable, ledger.openCount, ledger.window]).toEqual([0, 1, count]);
  });
});

/** First and last offset of each run, until `most` were told. */
function runsOf(ledger: Ledger, most: number = Number.POSITIVE_INFINITY): [number, number][] {
  const runs: [number, number][] = [];
  ledger.completedRuns((first, last) => runs.push([first, last]) < most);
  return runs;
}

describe('runs of what is done above the lowest open record', () => {
  const filled = (count: number): Ledger => {
    const ledger = new Ledger(0);
    ledger.accept({ fetchedFrom: 0, nextOffset: count, records: Array.from({ length: count }, (_, offset) => ({ offset })) });
    return ledger;
  };

  test('are joined as their gaps close, and are told until somebody has enough', () => {
    const ledger = filled(10);
    for (const sequence of [2, 4, 6, 8]) ledger.complete(sequence);
    expect(runsOf(ledger)).toEqual([[2, 2], [4, 4], [6, 6], [8, 8]]); // prettier-ignore
    expect(runsOf(ledger, 2)).toEqual([[2, 2], [4, 4]]); // prettier-ignore
    ledger.complete(5);
    ledger.complete(9);
    ledger.complete(3);
    expect(runsOf(ledger)).toEqual([[2, 6], [8, 9]]); // prettier-ignore
    expect(ledger.completedAbove).toBe(7);
    ledger.complete(0);
    ledger.complete(1);
    expect([runsOf(ledger), ledger.committable, ledger.window, ledger.completedAbove]).toEqual([[[8, 9]], 7, 3, 7]);
    ledger.complete(7);
    expect([runsOf(ledger), ledger.committable, ledger.window]).toEqual([[], 10, 0]);
  });

  test('span offsets that the log does not have', () => {
    const ledger = new Ledger(0);
    ledger.accept({ fetchedFrom: 0, nextOffset: 50, records: at(3, 10, 20, 40) });
    for (const sequence of [1, 2]) ledger.complete(sequence);
    expect(runsOf(ledger)).toEqual([[10, 20]]); // prettier-ignore
  });

  test('are one for 100,000 above a record that is stuck, after each of them', () => {
    const count = 100_001;
    const ledger = filled(count);
    for (let sequence = 1; sequence < count; sequence++) {
      ledger.complete(sequence);
      // As each commit does. A walk over the records would be 5 × 10^9 steps.
      let steps = 0;
      ledger.completedRuns(() => ++steps > 0);
      if (steps !== 1) throw new Error(`${steps} runs`);
    }
    expect(runsOf(ledger)).toEqual([[1, count - 1]]); // prettier-ignore
    expect(ledger.committable).toBe(0);
  });
});

/** The same by definition: everything in one list, searched every time. */
class NaiveLedger {
  position = 0;
  readonly records: { readonly offset: number; open: boolean }[] = [];
  get committable(): number {
    return Math.min(this.position, ...this.records.filter(({ open }) => open).map(({ offset }) => offset));
  }
  get lowestOpen(): number {
    const lowest = this.records.findIndex(({ open }) => open);
    return lowest === -1 ? this.records.length : lowest;
  }
  /** First and last offset of each run of done records above the lowest open one. */
  get runs(): readonly (readonly [number, number])[] {
    const runs: [number, number][] = [];
    let last: [number, number] | null = null;
    for (const { offset, open } of this.records.slice(this.lowestOpen)) {
      if (open) last = null;
      else if (last === null) runs.push((last = [offset, offset]));
      else last[1] = offset;
    }
    return runs;
  }
}

type Step =
  | {
      readonly kind: 'batch';
      readonly gapBefore: number;
      readonly gaps: readonly number[];
      readonly gapAfter: number;
      readonly shift: number;
    }
  | { readonly kind: 'complete'; readonly pick: number; readonly count: number }
  | { readonly kind: 'pass'; readonly by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      gapBefore: fc.nat(3),
      gaps: fc.array(fc.nat(2), { maxLength: 400, size: 'max' }),
      gapAfter: fc.nat(3),
      shift: fc.constantFrom(0, 0, 0, 0, -1, 1),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('complete' as const), pick: fc.nat(), count: fc.constantFrom(1, 1, 5, 1_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), by: fc.nat(5) }) },
);

test('the ledger agrees with a naive model after every step', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25, size: 'max' }), (steps) => {
      const ledger = new Ledger(0);
      const model = new NaiveLedger();
      let lastCommittable = 0;
      for (const next of steps) {
        if (next.kind === 'batch') {
          let offset = model.position + next.gapBefore;
          const records = next.gaps.map((gap) => ({ offset: (offset += gap + 1) - 1 }));
          const batch = { fetchedFrom: model.position + next.shift, nextOffset: offset + next.gapAfter, records };
          if (next.shift !== 0) {
            expect(ledger.accept(batch)).toBe(false);
          } else {
            expect(ledger.accept(batch)).toBe(true);
            model.position = batch.nextOffset;
            model.records.push(...records.map((record) => ({ ...record, open: true })));
          }
        } else if (next.kind === 'complete') {
          const open = model.records.flatMap((record, sequence) => (record.open ? [sequence] : []));
          const from = next.pick % Math.max(1, open.length);
          for (const sequence of open.slice(from, from + next.count)) {
            ledger.complete(sequence);
            (model.records[sequence] as { open: boolean }).open = false;
          }
        } else {
          model.position += next.by;
          ledger.passOver(model.position);
        }
        expect(ledger.position).toBe(model.position);
        expect(ledger.committable).toBe(model.committable);
        expect(ledger.committable).toBeGreaterThanOrEqual(lastCommittable);
        expect(ledger.openCount).toBe(model.records.filter(({ open }) => open).length);
        expect(ledger.window).toBe(model.records.length - model.lowestOpen);
        expect(runsOf(ledger)).toEqual(model.runs);
        lastCommittable = ledger.committable;
      }
    }),
    { numRuns: 100 },
  );
});
