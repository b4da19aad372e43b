/** The durable ledger: nothing that is not done is claimed, what is done is claimed in time, and what is claimed is believed. */
import { describe, expect, it } from 'vitest';
import { claims, readLedgerOf } from '../../testing/checker/read-ledger.ts';
import { HistoryBuilder } from './history-builder.ts';
import { ledgerText } from './ledger-text.ts';

const WHERE = { topic: 'orders', partition: 0 } as const;

function unordered(records: number, observes = false): HistoryBuilder {
  return new HistoryBuilder({ ordering: 'unordered', process: { durableLedger: true }, observes })
    .produced(records)
    .assigned('a', 1, null, records)
    .fetchFrom('a', 1, 0);
}

/** 0 is skipped, 1 is done. */
const behind = (): HistoryBuilder => unordered(3).call('a', 0, 'skip').call('a', 1, 'consume');

describe('the reader of the checker', () => {
  it('reads what the description says, and nothing else', () => {
    const text = ledgerText(40, [40, 41], [50, 90]);
    const ledger = readLedgerOf(text);
    expect(ledger).toEqual({
      base: 40,
      topicId: null,
      runs: [
        { from: 40, to: 41, leaderEpoch: null },
        { from: 50, to: 90, leaderEpoch: null },
      ],
    });
    expect([39, 40, 41, 50, 89, 90].map((offset) => claims(ledger, 40, offset))).toEqual([false, true, false, true, true, false]);
    expect(claims(ledger, 41, 50)).toBe(false);
    for (const damaged of [
      null,
      '',
      'hello',
      text.slice(1),
      `${text}0`,
      text.replace(';-;', ';x;'),
      text.replace('-:', ''),
      text.replace(';14;', ';15;'),
    ])
      expect(readLedgerOf(damaged)).toBeNull();
  });
});

describe('false-ledger', () => {
  it('catches a ledger that claims one record too many', () => {
    expect(
      behind()
        .commit('a', 1, 0, 'acknowledged', ledgerText(0, [1, 2]))
        .broken(),
    ).toEqual([]);
    expect(
      behind()
        .commit('a', 1, 0, 'acknowledged', ledgerText(0, [1, 3]))
        .broken(),
    ).toEqual(['false-ledger']);
    expect(
      behind()
        .commit('a', 1, 0, 'acknowledged', ledgerText(0, [0, 2]))
        .broken(),
    ).toEqual(['false-ledger']);
  });

  it('catches a claim of what is not written yet, and passes gaps', () => {
    const early = behind().commit('a', 1, 0, 'acknowledged', ledgerText(0, [1, 2], [5, 6]));
    expect(early.broken()).toEqual([]);
    expect(early.produced(3).broken()).toEqual(['false-ledger']);
  });

  it('counts one that was refused for nothing, and one without an answer when somebody is told of it', () => {
    const claimed = ledgerText(0, [2, 3]);
    expect(behind().commit('a', 1, 0, 'refused', claimed).broken()).toEqual([]);
    const lost = behind().commit('a', 1, 0, 'unknown', claimed).lost('a', 1);
    expect(lost.broken()).toEqual([]);
    expect(lost.assigned('b', 2, 0, 3, claimed).broken()).toEqual(['false-ledger']);
  });

  it('catches a claim of a record as of another leader epoch than that in which it was written', () => {
    const fetched = (leaderEpochs: readonly { from: number; leaderEpoch: number }[]): HistoryBuilder =>
      unordered(3)
        .add({
          kind: 'client-batch',
          ...WHERE,
          member: 'a',
          epoch: 1,
          fetchedFrom: 0,
          nextOffset: 3,
          records: 3,
          accepted: true,
          leaderEpochs,
        })
        .call('a', 0, 'skip')
        .call('a', 1, 'consume');
    const claims4 = ledgerText({ base: 0, leaderEpoch: 4 }, [1, 2]);
    const passes = [
      [{ from: 0, leaderEpoch: 4 }],
      [
        { from: 0, leaderEpoch: 3 },
        { from: 1, leaderEpoch: 4 },
        { from: 2, leaderEpoch: 5 },
      ],
    ];
    for (const told of passes) expect(fetched(told).commit('a', 1, 0, 'acknowledged', claims4).broken()).toEqual([]);
    const breaks = [
      [{ from: 0, leaderEpoch: 5 }],
      [
        { from: 0, leaderEpoch: 4 },
        { from: 1, leaderEpoch: 5 },
      ],
    ];
    for (const told of breaks) expect(fetched(told).commit('a', 1, 0, 'acknowledged', claims4).broken()).toEqual(['false-ledger']);
    const unknown = ledgerText(0, [1, 2]);
    expect(
      fetched([{ from: 0, leaderEpoch: -1 }])
        .commit('a', 1, 0, 'acknowledged', unknown)
        .broken(),
    ).toEqual([]);
    expect(
      fetched([{ from: 0, leaderEpoch: 0 }])
        .commit('a', 1, 0, 'acknowledged', unknown)
        .broken(),
    ).toEqual(['false-ledger']);
  });

  it('catches a ledger that nobody will believe', () => {
    expect(
      behind()
        .commit('a', 1, 0, 'acknowledged', ledgerText(1, [1, 2]))
        .broken(),
    ).toEqual(['false-ledger']);
    expect(behind().commit('a', 1, 0, 'acknowledged', 'kr2;0;-;-:1;00000000').broken()).toEqual(['false-ledger']);
  });
});

/** Record 1 is done, as it was written in this leader epoch. */
function ledgerOfEpoch(leaderEpoch: number): string {
  return ledgerText({ base: 0, leaderEpoch }, [1, 2]);
}

describe('unbounded-redelivery with a ledger', () => {
  const again = (metadata: string | undefined): HistoryBuilder =>
    behind()
      .commit('a', 1, 0, 'acknowledged', ledgerText(0, [1, 2]))
      .lost('a', 1)
      .assigned('b', 2, 0, 3, metadata)
      .fetchFrom('b', 2, 0);

  it('catches a record that comes again although the ledger says that it is done', () => {
    expect(
      again(ledgerText(0, [1, 2]))
        .call('b', 0, 'consume')
        .call('b', 1, 'consume')
        .broken(),
    ).toEqual(['unbounded-redelivery']);
    expect(
      again(ledgerText(0, [1, 2]))
        .call('b', 0, 'consume')
        .call('b', 2, 'consume')
        .commit('b', 2, 3)
        .broken(),
    ).toEqual([]);
  });

  it.each([
    ['of another leader epoch than the claimed one, later', [{ from: 0, leaderEpoch: 5 }], []],
    ['of another leader epoch than the claimed one, earlier', [{ from: 0, leaderEpoch: 3 }], []],
    ['that was written again after a truncation', [{ from: 0, leaderEpoch: 4 }, { from: 1, leaderEpoch: 5 }], []], // prettier-ignore
    ['of the same leader epoch', [{ from: 0, leaderEpoch: 4 }], ['unbounded-redelivery']],
    [
      'of the same leader epoch, in one fetch with records of the next leader',
      [{ from: 0, leaderEpoch: 4 }, { from: 2, leaderEpoch: 5 }], // prettier-ignore
      ['unbounded-redelivery'],
    ],
  ])('judges a duplicate of a record %s', (_of, leaderEpochs, broken) => {
    const told = again(ledgerOfEpoch(4)).add({
      kind: 'client-batch',
      ...WHERE,
      member: 'b',
      epoch: 2,
      fetchedFrom: 0,
      nextOffset: 3,
      records: 3,
      accepted: true,
      leaderEpochs,
    });
    expect(told.call('b', 0, 'consume').call('b', 1, 'consume').broken()).toEqual(broken);
  });

  it('explains a duplicate where the ledger is stale, damaged, of another log, or not there', () => {
    for (const metadata of [undefined, 'foreign', ledgerText(1, [1, 2]), ledgerText(0, [1, 2], [8, 9])])
      expect(again(metadata).call('b', 0, 'consume').call('b', 1, 'consume').broken()).toEqual([]);
  });
});

describe('ledger-lag', () => {
  it('catches a ledger that is not written, and passes one that is', () => {
    expect(behind().wait(2_000).ended().broken()).toEqual(['ledger-lag']);
    expect(behind().commit('a', 1, 0).wait(2_000).ended().broken()).toEqual(['ledger-lag']);
    expect(
      behind()
        .commit('a', 1, 0, 'acknowledged', ledgerText(0, [1, 2]))
        .wait(2_000)
        .ended()
        .broken(),
    ).toEqual([]);
  });

  it('starts anew when a commit fails, and ends with the assignment', () => {
    expect(behind().wait(900).commit('a', 1, 0, 'refused').wait(900).ended().broken()).toEqual([]);
    expect(behind().lost('a', 1).wait(2_000).ended().broken()).toEqual([]);
  });

  it('asks nobody who was told that the metadata is too large, be it of a log that was replaced since', () => {
    const elsewhere = { topic: 'payments', partition: 0 } as const;
    const told = (code: string): HistoryBuilder =>
      behind()
        .add({ kind: 'log-replaced', ...elsewhere })
        .add({ kind: 'client-commit-settled', commit: 99, member: 'a', ...elsewhere, epoch: 2, offset: 0, outcome: 'refused', code });
    expect(told('OFFSET_METADATA_TOO_LARGE').wait(2_000).ended().broken()).toEqual([]);
    expect(told('UNKNOWN_TOPIC_OR_PARTITION').wait(2_000).ended().broken()).toEqual(['ledger-lag']);
  });

  it('hears nothing new in the late answer of an earlier assignment', () => {
    const late = unordered(2);
    const call = late.enter('a', 0);
    late.lost('a', 1).assigned('a', 2, 0, 2).fetchFrom('a', 2, 0);
    const again = late.enter('a', 0);
    late.answer(again, 'a', 0, 'consume').commit('a', 2, 1).answer(call, 'a', 0, 'consume');
    // That both ran at once is what an earlier call may not do; nothing else is wrong.
    expect(late.call('a', 1, 'skip').wait(2_000).ended().broken()).toEqual(['overlap']);
  });

  it('asks for nothing where it was not promised', () => {
    const without = new HistoryBuilder({ ordering: 'unordered' }).produced(2).assigned('a', 1).fetchFrom('a', 1, 0);
    expect(without.call('a', 0, 'skip').call('a', 1, 'consume').wait(2_000).ended().broken()).toEqual([]);
  });
});

describe('what the runtime says of a ledger', () => {
  const done = { kind: 'already-done', member: 'b', topic: 'orders', partition: 0, epoch: 2, offset: 1 } as const;

  it('is untrue where the metadata says nothing of the kind', () => {
    const told = (metadata: string | undefined): HistoryBuilder =>
      unordered(2, true).lost('a', 1).assigned('b', 2, 0, 2, metadata).fetchFrom('b', 2, 0).observed(done);
    expect(told(ledgerText(0, [1, 2])).broken()).toEqual([]);
    expect(told(ledgerText(0, [0, 1])).broken()).toEqual(['untrue-observation']);
    expect(told(undefined).broken()).toEqual(['untrue-observation']);
  });

  it('is untrue where an unclean leader has written other records there, although nothing else is judged of such a log', () => {
    const written = (leaderEpoch: number): HistoryBuilder =>
      unordered(2, true)
        .lost('a', 1)
        .add({ kind: 'log-replaced', ...WHERE })
        .assigned('b', 2, 0, 2, ledgerOfEpoch(4))
        .fetchFrom('b', 2, 0)
        .add({
          kind: 'client-batch',
          ...WHERE,
          member: 'b',
          epoch: 2,
          fetchedFrom: 0,
          nextOffset: 2,
          records: 2,
          accepted: true,
          leaderEpochs: [{ from: 0, leaderEpoch }],
        })
        .observed(done);
    expect(written(4).broken()).toEqual([]);
    expect(written(5).broken()).toEqual(['untrue-observation']);
    expect(written(3).broken()).toEqual(['untrue-observation']);
  });

  it('is untrue where the ledger is of the topic that was there before', () => {
    const from = (topicId: string | undefined): HistoryBuilder =>
      unordered(2, true)
        .lost('a', 1)
        .add({ kind: 'log-replaced', ...WHERE })
        .add({
          kind: 'client-assigned',
          ...WHERE,
          member: 'b',
          epoch: 2,
          generation: 2,
          committedOffset: 0,
          committedMetadata: ledgerText({ base: 0, leaderEpoch: 4, topicId: 'before' }, [1, 2]),
          logStartOffset: 0,
          logEndOffset: 2,
          ...(topicId === undefined ? {} : { topicId }),
        })
        .observed(done);
    expect(from('before').broken()).toEqual([]);
    expect(from(undefined).broken()).toEqual([]);
    expect(from('after').broken()).toEqual(['untrue-observation']);
  });
});
