import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_METADATA, LedgerWriter, readLedger } from '../../src/consumer/durable-ledger.ts';
import type { LedgerReading, OffsetRun } from '../../src/consumer/durable-ledger.ts';
import { LedgerClaims } from '../../src/consumer/ledger-claims.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';

const TOPIC_ID = 'abcDEF-123_456';

interface Written {
  readonly base: number;
  readonly runs: readonly OffsetRun[];
}

/** Runs above a base, with gaps between them. */
const written: fc.Arbitrary<Written> = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 45 }),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 })), { minLength: 1, maxLength: 900 }),
  )
  .map(([base, steps]) => {
    const runs: OffsetRun[] = [];
    let end = base;
    for (const [gap, length] of steps) {
      runs.push({ from: end + gap, to: end + gap + length });
      end += gap + length;
    }
    return { base, runs };
  });

function write({ base, runs }: Written, leaderEpoch: number | null = 3): string {
  const writer = new LedgerWriter({ base, topicId: TOPIC_ID, leaderEpoch });
  for (const run of runs) if (!writer.add(run)) break;
  return writer.finish() as string;
}

function read(metadata: string | null, base: number, given: Partial<{ topicId: string | null; logEndOffset: number }> = {}): LedgerReading {
  return readLedger(metadata, { base, topicId: TOPIC_ID, logEndOffset: Number.MAX_SAFE_INTEGER, ...given });
}

describe('the ledger in the metadata', () => {
  test('is read as it was written: the lowest runs that fit', () => {
    fc.assert(
      fc.property(written, (given) => {
        const metadata = write(given);
        expect(metadata.length).toBeLessThanOrEqual(LONGEST_METADATA);
        const reading = read(metadata, given.base);
        expect(reading).toMatchObject({ kind: 'believed', leaderEpoch: 3 });
        const { runs } = reading as Extract<LedgerReading, { kind: 'believed' }>;
        expect(runs).toEqual(given.runs.slice(0, runs.length));
        if (runs.length < given.runs.length) expect(metadata.length).toBeGreaterThan(LONGEST_METADATA - 20);
      }),
    );
  });

  test('is plain ASCII, and as short as this for 100,000 records above one that is stuck', () => {
    const metadata = write({ base: 41, runs: [{ from: 42, to: 100_042 }] });
    expect(metadata).toMatch(/^kr1;15;abcDEF-123_456;3;1\.255s;[0-9a-f]{8}$/);
  });

  test('joins runs that touch, and begins at the base where nothing was fetched yet', () => {
    const writer = new LedgerWriter({ base: 10, topicId: null, leaderEpoch: null });
    writer.add({ from: 10, to: 12 });
    writer.add({ from: 12, to: 15 });
    expect(read(writer.finish(), 10)).toEqual({ kind: 'believed', leaderEpoch: null, runs: [{ from: 10, to: 15 }] });
  });

  test('is none where nothing is above the base', () => {
    expect(new LedgerWriter({ base: 1, topicId: null, leaderEpoch: null }).finish()).toBe(null);
    expect(read(null, 1)).toEqual({ kind: 'none' });
    expect(read('', 1)).toEqual({ kind: 'none' });
  });

  test('with any one character changed, left out or put in says nothing', () => {
    const change = fc.record({
      at: fc.nat({ max: 4_000 }),
      with: fc.string({ unit: 'binary-ascii', maxLength: 2 }),
      cut: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(written, change, (given, { at, with: replacement, cut }) => {
        const metadata = write(given);
        const place = at % (metadata.length + 1);
        const damaged = metadata.slice(0, place) + replacement + metadata.slice(place + cut);
        fc.pre(damaged !== metadata);
        expect(read(damaged, given.base).kind).not.toBe('believed');
      }),
      { numRuns: 2_000 },
    );
  });

  test('of whatever text never throws, and is believed only with our form and checksum', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `kr1;${text}`),
        ),
        fc.nat(),
        (text, base) => {
          expect(read(text, base).kind).not.toBe('believed');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, string, Parameters<typeof readLedger>[1], string]>([
    ['another offset', write({ base: 10, runs: [{ from: 12, to: 13 }] }), { base: 11, topicId: TOPIC_ID, logEndOffset: 99 }, 'stale'],
    ['another topic', write({ base: 10, runs: [{ from: 12, to: 13 }] }), { base: 10, topicId: 'other', logEndOffset: 99 }, 'other-topic'],
    [
      'a log that is shorter',
      write({ base: 10, runs: [{ from: 12, to: 13 }] }),
      { base: 10, topicId: TOPIC_ID, logEndOffset: 12 },
      'above-log-end',
    ],
    ['somebody else', 'at 2026-11-23 by billing', { base: 10, topicId: null, logEndOffset: 99 }, 'foreign'],
    ['a later version', 'kr2;a;-;-;2;00000000', { base: 10, topicId: null, logEndOffset: 99 }, 'foreign'],
    ['a length that no writer makes', `kr1;${'1'.repeat(4_000)}`, { base: 10, topicId: null, logEndOffset: 99 }, 'too-long'],
  ])('of %s is ignored', (_of, metadata, place, reason) => {
    expect(readLedger(metadata, place)).toEqual({ kind: 'ignored', reason });
  });

  test('of a topic without an id is believed of any, and any of a place without one', () => {
    const writer = new LedgerWriter({ base: 1, topicId: 'not an id', leaderEpoch: null });
    writer.add({ from: 5, to: 6 });
    expect(read(writer.finish(), 1).kind).toBe('believed');
    expect(read(write({ base: 1, runs: [{ from: 5, to: 6 }] }), 1, { topicId: null }).kind).toBe('believed');
  });
});

test('claims are asked in order, and what was not asked about remains', () => {
  const claims = new LedgerClaims([{ from: 2, to: 4 }, { from: 6, to: 9 }], 3); // prettier-ignore
  const remaining = (): OffsetRun[] => {
    const runs: OffsetRun[] = [];
    claims.remaining((run) => runs.push(run) > 0);
    return runs;
  };
  expect([0, 2, 3, 4, 5].map((offset) => claims.has(offset))).toEqual([false, true, true, false, false]);
  expect(claims.has(6)).toBe(true);
  expect(remaining()).toEqual([{ from: 7, to: 9 }]);
  expect([claims.outlives(3), claims.outlives(4)]).toEqual([true, false]);
  expect(claims.has(20)).toBe(false);
  expect(remaining()).toEqual([]);
});

describe('a consumer', () => {
  /** Key order, all records without a key, the partition with this stored. */
  async function living(stored: {
    readonly offset: number;
    readonly metadata: string | null;
  }): Promise<Rig & { calls: ReturnType<typeof pendingAnswers>['calls'] }> {
    const { calls, process } = pendingAnswers();
    const made = rig(process, { handler: { ordering: 'key', concurrency: 100 } });
    made.transport.firstAssignment = [
      assigned({ epoch: 1, committedOffset: stored.offset, committedMetadata: stored.metadata, logEndOffset: 1_000, topicId: TOPIC_ID }),
    ];
    await made.consumer.start();
    await made.clock.settle();
    return { ...made, calls };
  }

  const last = ({ transport }: Rig): { offset: number; metadata: string | null } => {
    const commit = transport.sent.at(-1)?.commits.at(-1);
    if (commit === undefined) throw new Error('nothing was committed');
    return { offset: commit.offset, metadata: commit.metadata };
  };

  test('writes what is done above its lowest open record, once', async () => {
    const life = await living({ offset: 0, metadata: null });
    life.transport.batch(batchOf(0, 6, { epoch: 1, leaderEpoch: 2 }));
    await life.clock.settle();
    for (const { offset, resolve } of life.calls) if (offset === 2 || offset === 3 || offset === 5) resolve(consumed);
    await life.clock.advance(200);
    expect(read(last(life).metadata, 0)).toEqual({ kind: 'believed', leaderEpoch: 2, runs: [{ from: 2, to: 4 }, { from: 5, to: 6 }] }); // prettier-ignore
    const sent = life.transport.sent.length;
    await life.clock.advance(60_000);
    expect(life.transport.sent).toHaveLength(sent);
  });

  test('delivers nothing that a believed ledger claims, and carries on what it did not reach', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [{ from: 1, to: 3 }, { from: 8, to: 10 }] }) }); // prettier-ignore
    life.transport.batch(batchOf(0, 5, { epoch: 1, leaderEpoch: 3 }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 3, 4]);
    expect(life.kinds('already-done')).toMatchObject([{ offset: 1 }, { offset: 2 }]);
    life.calls.find(({ offset }) => offset === 4)?.resolve(consumed);
    await life.clock.advance(200);
    expect(last(life).offset).toBe(0);
    expect(read(last(life).metadata, 0)).toMatchObject({ runs: [{ from: 1, to: 3 }, { from: 4, to: 5 }, { from: 8, to: 10 }] }); // prettier-ignore
    for (const { resolve } of life.calls) resolve(consumed);
    await life.clock.advance(200);
    expect(last(life).offset).toBe(5);
    expect(read(last(life).metadata, 5)).toMatchObject({ runs: [{ from: 8, to: 10 }] });
  });

  test('delivers everything of a log that was written again by a later leader', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [{ from: 1, to: 3 }] }) });
    life.transport.batch(batchOf(0, 4, { epoch: 1, leaderEpoch: 4 }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 1, 2, 3]);
  });

  test('passes over claimed records in partition order too: the group may have changed its mode', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [
      assigned({ epoch: 1, committedOffset: 4, committedMetadata: write({ base: 4, runs: [{ from: 6, to: 8 }] }), topicId: TOPIC_ID }),
    ];
    await made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(4, 9, { epoch: 1, leaderEpoch: 3 }));
    await made.clock.advance(200);
    expect(made.delivered).toEqual([4, 5, 8]);
    expect(made.transport.committed).toEqual(['orders/0@9']);
  });

  test('says why it does not believe one', async () => {
    const life = await living({ offset: 7, metadata: write({ base: 6, runs: [{ from: 9, to: 10 }] }) });
    expect(life.kinds('ledger-read')).toMatchObject([{ outcome: 'ignored', reason: 'stale' }]);
    life.transport.batch(batchOf(7, 11, { epoch: 1 }));
    await life.clock.settle();
    expect(life.delivered).toEqual([7, 8, 9, 10]);
  });

  test('commits without it, at once and from then on, where the broker finds it too large', async () => {
    const life = await living({ offset: 0, metadata: null });
    life.transport.answers = [{ code: 'OFFSET_METADATA_TOO_LARGE', retriable: false }];
    life.transport.batch(batchOf(0, 4, { epoch: 1 }));
    await life.clock.settle();
    for (const { offset, resolve } of life.calls) if (offset === 0 || offset === 2) resolve(consumed);
    await life.clock.advance(200);
    expect(life.transport.sent.map(({ commits: [commit] }) => [commit?.offset, commit?.metadata === null])).toEqual([
      [1, false],
      [1, true],
    ]);
    life.calls.find(({ offset }) => offset === 3)?.resolve(consumed);
    await life.clock.advance(60_000);
    expect(life.transport.sent).toHaveLength(2);
    expect(life.kinds('warning')).toMatchObject([{ error: { kafkaCode: 'OFFSET_METADATA_TOO_LARGE' } }]);
  });

  test('neither writes nor reads it where it is turned off', async () => {
    const { calls, process } = pendingAnswers();
    const made = rig(process, { handler: { ordering: 'unordered' }, options: { durableLedger: false } });
    made.transport.firstAssignment = [
      assigned({ epoch: 1, committedOffset: 0, committedMetadata: write({ base: 0, runs: [{ from: 1, to: 2 }] }), topicId: TOPIC_ID }),
    ];
    await made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(0, 3, { epoch: 1, records: [record(0), record(1), record(2)] }));
    await made.clock.settle();
    expect(made.delivered).toEqual([0, 1, 2]);
    for (const { offset, resolve } of calls) if (offset !== 1) resolve(consumed);
    await made.clock.advance(200);
    expect(made.transport.sent.map(({ commits: [commit] }) => [commit?.offset, commit?.metadata])).toEqual([[1, null]]);
  });
});
