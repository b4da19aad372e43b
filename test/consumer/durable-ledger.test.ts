import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_METADATA, LedgerWriter, readLedger } from '../../src/consumer/durable-ledger.ts';
import type { LedgerReading } from '../../src/consumer/durable-ledger.ts';
import type { OffsetsOfEpoch } from '../../src/consumer/leader-epochs.ts';
import { LedgerClaims } from '../../src/consumer/ledger-claims.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';

const TOPIC_ID = 'abcDEF-123_456';

interface Written {
  readonly base: number;
  readonly runs: readonly OffsetsOfEpoch[];
}

/** Runs above a base, with gaps between those of the same leader epoch. */
const written: fc.Arbitrary<Written> = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 45 }),
    fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.option(fc.constantFrom(0, 3, 3, 3, 2 ** 31 - 1)),
      ),
      { minLength: 1, maxLength: 900 },
    ),
  )
  .map(([base, steps]) => {
    const runs: OffsetsOfEpoch[] = [];
    let end = base;
    for (const [drawn, length, leaderEpoch] of steps) {
      // Runs of one epoch that touch would be one.
      const gap = drawn === 0 && runs.at(-1)?.leaderEpoch === leaderEpoch ? 1 : drawn;
      runs.push({ from: end + gap, to: end + gap + length, leaderEpoch });
      end += gap + length;
    }
    return { base, runs };
  });

const run = (from: number, to: number, leaderEpoch: number | null = 3): OffsetsOfEpoch => ({ from, to, leaderEpoch });

function write({ base, runs }: Written): string {
  const writer = new LedgerWriter({ base, topicId: TOPIC_ID });
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
        expect(reading.kind).toBe('believed');
        const { runs } = reading as Extract<LedgerReading, { kind: 'believed' }>;
        expect(runs).toEqual(given.runs.slice(0, runs.length));
        if (runs.length < given.runs.length) expect(metadata.length).toBeGreaterThan(LONGEST_METADATA - 25);
      }),
    );
  });

  test('is plain ASCII, and as short as this for 100,000 records above one that is stuck', () => {
    const metadata = write({ base: 41, runs: [run(42, 100_042)] });
    expect(metadata).toMatch(/^kr2;15;abcDEF-123_456;3:1\.255s;[0-9a-f]{8}$/);
  });

  test('joins runs that touch, and begins at the base where nothing was fetched yet', () => {
    const writer = new LedgerWriter({ base: 10, topicId: null });
    writer.add(run(10, 12, null));
    writer.add(run(12, 15, null));
    expect(read(writer.finish(), 10)).toEqual({ kind: 'believed', runs: [run(10, 15, null)] });
  });

  test('names a leader epoch where it changes, and keeps runs of different ones apart', () => {
    const runs = [run(2, 4), run(4, 6, 4), run(8, 9, 4), run(9, 12, null)];
    const metadata = write({ base: 0, runs });
    expect(metadata).toMatch(/;3:2\.2,4:0\.2,2,-:0\.3;/);
    expect(read(metadata, 0)).toEqual({ kind: 'believed', runs });
  });

  test('is none where nothing is above the base', () => {
    expect(new LedgerWriter({ base: 1, topicId: null }).finish()).toBe(null);
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
          fc.string().map((text) => `kr2;${text}`),
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
    ['another offset', write({ base: 10, runs: [run(12, 13)] }), { base: 11, topicId: TOPIC_ID, logEndOffset: 99 }, 'stale'],
    ['another topic', write({ base: 10, runs: [run(12, 13)] }), { base: 10, topicId: 'other', logEndOffset: 99 }, 'other-topic'],
    ['a log that is shorter', write({ base: 10, runs: [run(12, 13)] }), { base: 10, topicId: TOPIC_ID, logEndOffset: 12 }, 'above-log-end'],
    ['somebody else', 'at 2026-11-23 by billing', { base: 10, topicId: null, logEndOffset: 99 }, 'foreign'],
    ['a later version', 'kr3;a;-;-:2;00000000', { base: 10, topicId: null, logEndOffset: 99 }, 'foreign'],
    ['a length that no writer makes', `kr2;${'1'.repeat(4_000)}`, { base: 10, topicId: null, logEndOffset: 99 }, 'too-long'],
  ])('of %s is ignored', (_of, metadata, place, reason) => {
    expect(readLedger(metadata, place)).toEqual({ kind: 'ignored', reason });
  });

  test('of a topic without an id is believed of any, and any of a place without one', () => {
    const writer = new LedgerWriter({ base: 1, topicId: 'not an id' });
    writer.add(run(5, 6, null));
    expect(read(writer.finish(), 1).kind).toBe('believed');
    expect(read(write({ base: 1, runs: [run(5, 6)] }), 1, { topicId: null }).kind).toBe('believed');
  });
});

describe('claims', () => {
  const remaining = (claims: LedgerClaims): OffsetsOfEpoch[] => {
    const runs: OffsetsOfEpoch[] = [];
    claims.remaining((each) => runs.push(each) > 0);
    return runs;
  };

  test('are asked in order, and what was not asked about remains', () => {
    const claims = new LedgerClaims([run(2, 4), run(6, 9)]);
    expect([0, 2, 3, 4, 5].map((offset) => claims.has(offset))).toEqual([false, true, true, false, false]);
    expect(claims.has(6)).toBe(true);
    expect(remaining(claims)).toEqual([run(7, 9)]);
    expect(claims.has(20)).toBe(false);
    expect(remaining(claims)).toEqual([]);
  });

  test('are given up exactly where the log has what was written in another leader epoch', () => {
    const claims = new LedgerClaims([run(2, 20), run(20, 30, 4)]);
    expect([run(0, 10), run(20, 25, 4), run(10, 12, 5), run(18, 22, 2)].map((met) => claims.meets(met))).toEqual([
      [],
      [],
      [run(10, 12)],
      [run(18, 20), run(20, 22, 4)],
    ]);
    expect(remaining(claims)).toEqual([run(2, 10), run(12, 18), run(22, 30, 4)]);
    expect([9, 10, 11, 12, 17, 18, 21, 22].map((offset) => claims.has(offset))).toEqual(
      [true, false, false, true, true, false, false, true], // prettier-ignore
    );
  });

  test('of an epoch that is not known are met by such records alone', () => {
    const claims = new LedgerClaims([run(2, 6, null)]);
    for (const met of [run(0, 4, null), run(4, 5, 0)]) claims.meets(met);
    expect(remaining(claims)).toEqual([run(2, 4, null), run(5, 6, null)]);
  });
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
    life.transport.batch(batchOf(0, 6, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 2 }] }));
    await life.clock.settle();
    for (const { offset, resolve } of life.calls) if (offset === 2 || offset === 3 || offset === 5) resolve(consumed);
    await life.clock.advance(200);
    expect(read(last(life).metadata, 0)).toEqual({ kind: 'believed', runs: [run(2, 4, 2), run(5, 6, 2)] });
    const sent = life.transport.sent.length;
    await life.clock.advance(60_000);
    expect(life.transport.sent).toHaveLength(sent);
  });

  test('delivers nothing that a believed ledger claims, and carries on what it did not reach', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [run(1, 3), run(8, 10)] }) });
    life.transport.batch(batchOf(0, 5, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 3 }] }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 3, 4]);
    expect(life.kinds('already-done')).toMatchObject([{ offset: 1 }, { offset: 2 }]);
    life.calls.find(({ offset }) => offset === 4)?.resolve(consumed);
    await life.clock.advance(200);
    expect(last(life).offset).toBe(0);
    expect(read(last(life).metadata, 0)).toMatchObject({ runs: [run(1, 3), run(4, 5), run(8, 10)] }); // prettier-ignore
    for (const { resolve } of life.calls) resolve(consumed);
    await life.clock.advance(200);
    expect(last(life).offset).toBe(5);
    expect(read(last(life).metadata, 5)).toMatchObject({ runs: [run(8, 10)] });
  });

  test('delivers what was written again by another leader, and nothing else of what is claimed', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [run(1, 3), run(5, 7), run(8, 10)] }) });
    const leaderEpochs = [{ from: 0, leaderEpoch: 3 }, { from: 6, leaderEpoch: 4 }]; // prettier-ignore
    life.transport.batch(batchOf(0, 9, { epoch: 1, leaderEpochs }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 3, 4, 6, 7, 8]);
    const told = (): unknown => life.logs.filter(({ data }) => data['event'] === 'ledger-ignored').map(({ data }) => data['reason']);
    expect(told()).toEqual(['overwritten']);
    expect(life.logs.map(({ message }) => message)).toContain(
      'Records that were done were written over by an unclean leader; what stands in their place is delivered',
    );
    for (const { offset, resolve } of life.calls) if (offset === 7 || offset === 8) resolve(consumed);
    await life.clock.advance(200);
    // What it did itself is of the epoch that it was read in; what it did not come to is as it was claimed.
    expect(read(last(life).metadata, 0)).toMatchObject({ runs: [run(1, 3), run(5, 6), run(7, 9, 4), run(9, 10)] });
    life.transport.batch(batchOf(9, 11, { epoch: 1, leaderEpochs: [{ from: 9, leaderEpoch: 4 }] }));
    await life.clock.settle();
    expect(life.delivered.slice(-2)).toEqual([9, 10]);
    expect(told()).toEqual(['overwritten']);
  });

  test('says nothing of being written over where compaction left no record in which two epochs meet', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [run(1, 6)] }) });
    const leaderEpochs = [{ from: 0, leaderEpoch: 3 }, { from: 4, leaderEpoch: 4 }]; // prettier-ignore
    life.transport.batch(batchOf(0, 7, { epoch: 1, leaderEpochs, records: [record(0), record(1), record(6)] }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 6]);
    expect(life.logs.filter(({ data }) => data['event'] === 'ledger-ignored')).toEqual([]);
  });

  test('repeats nothing after a clean change of the leader, though one fetch has records of both', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [run(1, 5)] }) });
    const leaderEpochs = [{ from: 0, leaderEpoch: 3 }, { from: 5, leaderEpoch: 4 }]; // prettier-ignore
    life.transport.batch(batchOf(0, 7, { epoch: 1, leaderEpochs }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 5, 6]);
    expect(life.logs.filter(({ data }) => data['event'] === 'ledger-ignored')).toEqual([]);
  });

  test('delivers the records of an old leader that came back: a lower leader epoch is another one too', async () => {
    const life = await living({ offset: 0, metadata: write({ base: 0, runs: [run(1, 3, 4)] }) });
    life.transport.batch(batchOf(0, 4, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 3 }] }));
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 1, 2, 3]);
  });

  test('passes over claimed records in partition order too: the group may have changed its mode', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [
      assigned({ epoch: 1, committedOffset: 4, committedMetadata: write({ base: 4, runs: [run(6, 8)] }), topicId: TOPIC_ID }),
    ];
    await made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(4, 9, { epoch: 1, leaderEpochs: [{ from: 4, leaderEpoch: 3 }] }));
    await made.clock.advance(200);
    expect(made.delivered).toEqual([4, 5, 8]);
    expect(made.transport.committed).toEqual(['orders/0@9']);
  });

  test('says why it does not believe one', async () => {
    const life = await living({ offset: 7, metadata: write({ base: 6, runs: [run(9, 10)] }) });
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

  test('says once that the broker finds it too large, however many partitions there are', async () => {
    const { calls, process } = pendingAnswers();
    const made = rig(process, { handler: { ordering: 'unordered' }, topics: { orders: { partitions: 2 } } });
    made.transport.firstAssignment = [0, 1].map((partition) => assigned({ partition, epoch: partition + 1, committedOffset: 0 }));
    await made.consumer.start();
    await made.clock.settle();
    made.transport.answers = [{ code: 'OFFSET_METADATA_TOO_LARGE', retriable: false }];
    for (const partition of [0, 1]) made.transport.batch(batchOf(0, 2, { partition, epoch: partition + 1 }));
    await made.clock.settle();
    for (const { offset, resolve } of calls) if (offset === 1) resolve(consumed);
    await made.clock.advance(200);
    expect(made.transport.sent[0]?.commits.map(({ metadata }) => metadata === null)).toEqual([false, false]);
    expect(made.kinds('warning')).toMatchObject([
      {
        error: {
          code: 'COMMIT_REFUSED',
          message:
            'The broker refuses the metadata of commits as too large (offset.metadata.max.bytes): this consumer commits without its ledger, and what is done above an open record is delivered again after a crash.',
        },
      },
    ]);
  });

  test('neither writes nor reads it where it is turned off', async () => {
    const { calls, process } = pendingAnswers();
    const made = rig(process, { handler: { ordering: 'unordered' }, options: { durableLedger: false } });
    made.transport.firstAssignment = [
      assigned({ epoch: 1, committedOffset: 0, committedMetadata: write({ base: 0, runs: [run(1, 2)] }), topicId: TOPIC_ID }),
    ];
    await made.consumer.start();
    await made.clock.settle();
    const records = [record(0), record(1), record(2)];
    made.transport.batch(batchOf(0, 3, { epoch: 1, records, leaderEpochs: [{ from: 0, leaderEpoch: 3 }] }));
    await made.clock.settle();
    expect(made.kinds('ledger-read')).toEqual([]);
    expect(made.delivered).toEqual([0, 1, 2]);
    calls.find(({ offset }) => offset === 2)?.resolve(consumed);
    await made.clock.advance(1_000);
    expect(made.transport.sent).toEqual([]);
    calls.find(({ offset }) => offset === 0)?.resolve(consumed);
    await made.clock.advance(200);
    expect(made.transport.sent.map(({ commits: [commit] }) => [commit?.offset, commit?.metadata])).toEqual([[1, null]]);
  });
});
