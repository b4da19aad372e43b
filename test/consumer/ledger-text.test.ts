import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LONGEST_METADATA, LedgerWriter, readLedger } from '../../src/consumer/durable-ledger.ts';
import type { LedgerReading } from '../../src/consumer/durable-ledger.ts';
import { LeaderEpochs } from '../../src/consumer/leader-epochs.ts';
import type { OffsetsOfEpoch } from '../../src/consumer/leader-epochs.ts';
import { LedgerClaims } from '../../src/consumer/ledger-claims.ts';
import { LedgerMetadata } from '../../src/consumer/ledger-metadata.ts';
import { Ledger } from '../../src/consumer/ledger.ts';

const run = (from: number, to: number, leaderEpoch: number | null = 3): OffsetsOfEpoch => ({ from, to, leaderEpoch });

/** A text with the checksum that belongs to it: nobody has damaged it, somebody wrote it so. */
const sealed = (body: string): string => `${body};${crc32(body).toString(16).padStart(8, '0')}`;

const read = (metadata: string | null, logEndOffset = 1_000, base = 0): LedgerReading =>
  readLedger(metadata, { base, topicId: null, logEndOffset });

describe('a text that no writer makes, with the right checksum', () => {
  test.each([
    ['no run', 'kr2;0;-;'],
    ['no leader epoch at the first run', 'kr2;0;-;1'],
    ['a comma without a run behind it', 'kr2;0;-;3:1,'],
    ['a run without records', 'kr2;0;-;3:1.0'],
    ['a run behind one that it should have been part of', 'kr2;0;-;3:1,0'],
    ['offsets that are no safe integers', 'kr2;0;-;3:zzzzzzzzzzz'],
    ['something before it', 'kr2;!;kr2;0;-;3:1'],
    ['something after it', 'kr2;0;-;3:1!'],
    ['no base', 'kr2;;-;3:1'],
  ])('is not believed: %s', (_what, body) => {
    expect(read(sealed(body))).toEqual({ kind: 'ignored', reason: 'damaged' });
  });

  test.each<[string, string, readonly OffsetsOfEpoch[]]>([
    ['a first run that begins at the base', 'kr2;0;-;3:0.2', [run(0, 2)]],
    ['a run of another leader epoch behind one that it touches', 'kr2;0;-;3:1,4:0', [run(1, 2), run(2, 3, 4)]],
    ['the length of a single record', 'kr2;0;-;-:1.1', [run(1, 2, null)]],
  ])('is believed where it is clear all the same: %s', (_what, body, runs) => {
    expect(read(sealed(body))).toEqual({ kind: 'believed', runs });
  });

  test('of which the last run ends at the end of the log is believed, and not one offset further', () => {
    const metadata = sealed('kr2;0;-;3:1.9');
    expect(read(metadata, 10).kind).toBe('believed');
    expect(read(metadata, 9)).toEqual({ kind: 'ignored', reason: 'above-log-end' });
  });

  test('with a checksum that is another one is damaged', () => {
    expect(read('kr2;0;-;3:1;00000000')).toEqual({ kind: 'ignored', reason: 'damaged' });
  });
});

test('the checksum has eight digits, those in front too', () => {
  const texts = Array.from({ length: 64 }, (_, base) => {
    const writer = new LedgerWriter({ base, topicId: null });
    writer.add(run(base + 1, base + 2));
    return writer.finish() as string;
  });
  for (const text of texts) expect(text).toBe(sealed(text.slice(0, text.lastIndexOf(';'))));
  expect(texts.some((text) => /;0[0-9a-f]{7}$/.test(text))).toBe(true);
});

describe('a ledger that does not fit', () => {
  const every = Array.from({ length: 3_000 }, (_, index) => run(index * 2 + 1, index * 2 + 2));

  // A run takes two characters here, so that one of these ends at the limit and the other one before it.
  test.each([['a'], ['ab']])('is filled up to the limit with its lowest runs, of topic %s', (topicId) => {
    const writer = new LedgerWriter({ base: 0, topicId });
    const taken = every.findIndex((each) => !writer.add(each));
    const metadata = writer.finish() as string;
    expect(metadata.length).toBe(topicId === 'a' ? LONGEST_METADATA : LONGEST_METADATA - 1);
    const reading = readLedger(metadata, { base: 0, topicId, logEndOffset: 10_000 });
    const { runs } = reading as Extract<LedgerReading, { kind: 'believed' }>;
    expect(runs).toEqual(every.slice(0, runs.length));
    // Who offers runs is told at the next one.
    expect(taken).toBe(runs.length + 1);
  });

  test('takes nothing more once something did not fit, were it ever so short', () => {
    const writer = new LedgerWriter({ base: 0, topicId: 'ab' });
    for (const each of every.slice(0, 1_738)) expect(writer.add(each)).toBe(true);
    const room = every.slice(1_738, 1_739)[0]?.from as number;
    const answers = [run(room + 50_000, room + 90_000), run(room + 90_001, room + 90_002), run(room + 90_003, room + 90_004)].map((each) =>
      writer.add(each),
    );
    expect(answers).toEqual([true, false, false]);
    const { runs } = readLedger(writer.finish(), { base: 0, topicId: 'ab', logEndOffset: 1_000_000 }) as Extract<
      LedgerReading,
      { kind: 'believed' }
    >;
    expect(runs).toEqual(every.slice(0, 1_738));
  });

  test('of runs that touch goes on: they are one', () => {
    const writer = new LedgerWriter({ base: 0, topicId: null });
    expect([writer.add(run(1, 2)), writer.add(run(2, 3)), writer.add(run(3, 4))]).toEqual([true, true, true]);
    expect(writer.finish()).toMatch(/;3:1\.3;/);
  });
});

describe('claims that nobody asked about yet', () => {
  test('are none behind the last record of a run that was asked about', () => {
    const claims = new LedgerClaims([run(2, 4), run(6, 9)]);
    expect([claims.has(8)]).toEqual([true]);
    const seen: OffsetsOfEpoch[] = [];
    claims.remaining((each) => seen.push(each) > 0);
    expect(seen).toEqual([]);
  });

  test('are told until somebody has enough', () => {
    const seen: OffsetsOfEpoch[] = [];
    new LedgerClaims([run(2, 4), run(6, 9), run(11, 12)]).remaining((each) => seen.push(each) < 2);
    expect(seen).toEqual([run(2, 4), run(6, 9)]);
  });
});

describe('what a commit carries', () => {
  function metadataOf(claimed: readonly OffsetsOfEpoch[]): { readonly ledger: Ledger; readonly metadata: LedgerMetadata } {
    const ledger = new Ledger(0);
    const leaderEpochs = new LeaderEpochs();
    const metadata = new LedgerMetadata(ledger, { topicId: null, claims: new LedgerClaims(claimed), leaderEpochs });
    return { ledger, metadata };
  }

  test('claims nothing below its offset: retention has moved it over what was claimed', () => {
    const { ledger, metadata } = metadataOf([run(1, 5), run(8, 10)]);
    ledger.passOver(5);
    expect(read(metadata.at(5), 1_000, 5)).toEqual({ kind: 'believed', runs: [run(8, 10)] });
    ledger.passOver(9);
    expect(read(metadata.at(9), 1_000, 9)).toEqual({ kind: 'believed', runs: [run(9, 10)] });
    ledger.passOver(12);
    expect(metadata.at(12)).toBe(null);
  });
});
