/** What somebody does by hand: pauses, and decisions on halted lanes. */
import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { checkHistory } from '../../testing/checker/check-history.ts';
import { onePartition, type HistoryBuilder } from './history-builder.ts';

describe('paused-delivery', () => {
  it('catches a call that starts while its partition, or its topic, is paused', () => {
    for (const partition of [0, null]) {
      const [violation, ...rest] = checkHistory(onePartition(1).pausedByHand('a', partition).call('a', 0, 'consume').history()).violations;
      expect(rest).toEqual([]);
      expect(violation).toMatchObject({ invariant: 'paused-delivery', topic: 'orders', partition: 0, offsets: [0], members: ['a'] });
      expect(violation?.message).toContain('record 0 was handed to the handler of a, although somebody had paused it there by hand');
    }
  });

  it('catches a redelivery, and a record of a batch that was being gathered', () => {
    expect(onePartition(1).call('a', 0, 'failed').pausedByHand('a').call('a', 0, 'consume').broken()).toEqual(['paused-delivery']);
    expect(onePartition(2).pausedByHand('a').batchCall('a', { 0: 'consume', 1: 'consume' }).broken()).toEqual(['paused-delivery']);
  });

  it('lets calls that run end, and their records be committed', () => {
    const running = onePartition(1);
    const call = running.enter('a', 0);
    expect(running.pausedByHand('a').answer(call, 'a', 0, 'consume').commit('a', 1, 1).ended().broken()).toEqual([]);
  });

  it('passes what is delivered after the resume, of the partition or of all of its topic', () => {
    for (const partition of [0, null])
      expect(onePartition(1).pausedByHand('a', 0).resumedByHand('a', partition).call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('knows parts of a topic: another partition that is paused, and the rest that stays paused', () => {
    expect(onePartition(1).pausedByHand('a', 1).call('a', 0, 'consume').broken()).toEqual([]);
    expect(onePartition(1).pausedByHand('a').resumedByHand('a', 1).call('a', 0, 'consume').broken()).toEqual(['paused-delivery']);
    expect(onePartition(1).pausedByHand('a').resumedByHand('a', 0).call('a', 0, 'consume').broken()).toEqual([]);
    expect(onePartition(1).pausedByHand('a', 0).pausedByHand('a').resumedByHand('a', 1).call('a', 0, 'consume').broken()).toEqual([
      'paused-delivery',
    ]);
    const elsewhere = onePartition(1).add({ kind: 'paused-by-hand', member: 'a', selection: { topic: 'payments', partition: null } });
    expect(elsewhere.call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('holds through a rebalance, and not in another process', () => {
    const back = onePartition(1).pausedByHand('a').revoked('a', 1).assigned('a', 2).fetchFrom('a', 2, 0);
    expect(back.call('a', 0, 'consume').broken()).toEqual(['paused-delivery']);
    const elsewhere = onePartition(1).pausedByHand('a').lost('a', 1).assigned('b', 1).fetchFrom('b', 1, 0);
    expect(elsewhere.call('b', 0, 'consume').broken()).toEqual([]);
    const before = onePartition(1).lost('a', 1).pausedByHand('a').assigned('a', 2).fetchFrom('a', 2, 0);
    expect(before.call('a', 0, 'consume').broken()).toEqual(['paused-delivery']);
  });

  it('lets one batch come in each assignment, that of the fetch that was under way', () => {
    const paused = (): HistoryBuilder => onePartition(3).pausedByHand('a').batch('a', 1, 0, 1);
    expect(paused().broken()).toEqual([]);
    expect(paused().batch('a', 1, 0, 1, false).broken()).toEqual([]);
    expect(paused().lost('a', 1).assigned('a', 2).fetchFrom('a', 2, 0).batch('a', 2, 0, 1).broken()).toEqual([]);
    const [violation] = checkHistory(paused().batch('a', 1, 1, 2).history()).violations;
    expect(violation).toMatchObject({ invariant: 'paused-delivery', offsets: [1], members: ['a'] });
    expect(paused().resumedByHand('a').batch('a', 1, 1, 2).broken()).toEqual([]);
    expect(paused().resumedByHand('a').pausedByHand('a').batch('a', 1, 1, 2).broken()).toEqual([]);
  });
});

describe('a record that somebody sends to the dead letters', () => {
  const AT = { member: 'a', topic: 'orders', partition: 0, epoch: 1, offset: 0, attempt: 1 } as const;
  const settings = {
    observes: true,
    handlers: [{ topics: ['orders'], deadLetterTopic: 'dead', retry: { maxAttempts: 1, onExhausted: 'halt' } }],
  } as const;
  const failed = (): HistoryBuilder => onePartition(2, settings).call('a', 0, 'failed');
  const halted = (): HistoryBuilder =>
    failed().observed({ kind: 'lane-halted', ...AT, error: new KafkaError('RECORD_EXHAUSTED', 'it was tried once') });
  const sent = (history: HistoryBuilder): HistoryBuilder =>
    history
      .observed({ kind: 'lane-resumed', ...AT, by: 'dead-letter' })
      .observed({ kind: 'action', ...AT, action: 'reject', reason: 'sent-by-hand', deadLetter: true });

  it('is done once its letter is acknowledged, and its letter is explained', () => {
    expect(sent(halted()).wrote('a', 'orders/0/0').call('a', 1, 'consume').commit('a', 1, 2).ended().broken()).toEqual([]);
  });

  it('goes on because somebody wants it, once for each decision, where decisions are told', () => {
    const told = { ...settings, tellsDecisions: true } as const;
    const decided = (decision: 'retry' | 'dead-letter'): HistoryBuilder =>
      onePartition(2, told)
        .call('a', 0, 'failed')
        .observed({ kind: 'lane-halted', ...AT, error: new KafkaError('RECORD_EXHAUSTED', 'it was tried once') })
        .add({ kind: 'decided-by-hand', member: 'a', topic: 'orders', partition: 0, offset: 0, decision });
    expect(sent(decided('dead-letter')).wrote('a', 'orders/0/0').ended().broken()).toEqual([]);
    expect(
      decided('retry')
        .observed({ kind: 'lane-resumed', ...AT, by: 'retry' })
        .broken(),
    ).toEqual([]);
    expect(
      decided('retry')
        .observed({ kind: 'lane-resumed', ...AT, by: 'settled' })
        .broken(),
    ).toEqual([]);
    const twice = decided('retry').observed({ kind: 'lane-resumed', ...AT, by: 'retry' });
    expect(twice.observed({ kind: 'lane-resumed', ...AT, by: 'retry' }).broken()).toEqual(['halted-delivery']);
    const [violation] = checkHistory(sent(decided('retry')).history()).violations;
    expect(violation).toMatchObject({ invariant: 'halted-delivery', offsets: [0], members: ['a'] });
    expect(violation?.message).toContain('somebody wanted record 0, for which its lane stood still, sent to the dead letters; nobody did');
  });

  it('goes on by a decision of the same assignment only: what was decided in one that is over has come to nothing', () => {
    const decided = { kind: 'decided-by-hand', member: 'a', topic: 'orders', partition: 0, offset: 0, decision: 'retry' } as const;
    const again = { ...AT, epoch: 2 };
    const history = onePartition(1, { ...settings, tellsDecisions: true })
      .call('a', 0, 'failed')
      .add(decided)
      .lost('a', 1);
    history.assigned('a', 2).fetchFrom('a', 2, 0).call('a', 0, 'failed');
    history.observed({ kind: 'lane-halted', ...again, error: new KafkaError('RECORD_EXHAUSTED', 'it was tried once') });
    expect(history.observed({ kind: 'lane-resumed', ...again, by: 'retry' }).broken()).toEqual(['halted-delivery']);
  });

  it('is sent because somebody decided so, also where nothing waits behind it that would tell', () => {
    const told = { ...settings, tellsDecisions: true, handlers: [{ ...settings.handlers[0], ordering: 'unordered' as const }] };
    const stands = (): HistoryBuilder =>
      onePartition(1, told)
        .call('a', 0, 'failed')
        .observed({ kind: 'lane-halted', ...AT, error: new KafkaError('RECORD_EXHAUSTED', 'it was tried once') });
    const gone = (history: HistoryBuilder, reason: string): HistoryBuilder =>
      history
        .observed({ kind: 'action', ...AT, action: 'reject', reason, deadLetter: true })
        .wrote('a', 'orders/0/0')
        .commit('a', 1, 1)
        .ended();
    const decided = { kind: 'decided-by-hand', member: 'a', topic: 'orders', partition: 0, offset: 0 } as const;
    expect(gone(stands().add({ ...decided, decision: 'dead-letter' }), 'sent-by-hand').broken()).toEqual([]);
    for (const untold of [stands(), stands().add({ ...decided, decision: 'retry' })])
      expect(gone(untold, 'sent-by-hand').broken()).toContain('untrue-observation');
    // It waits for a person now, however often it has failed.
    expect(gone(stands(), 'retries-exhausted').broken()).toContain('untrue-observation');
  });

  it('stands still for its record once that has used up what the options give it, and then anew after each retry by hand', () => {
    const retry = { maxAttempts: 2, maxSkips: 1, onExhausted: 'halt' } as const;
    const tried = (...outcomes: readonly ('failed' | 'skip')[]): HistoryBuilder =>
      outcomes.reduce(
        (history, outcome) => history.call('a', 0, outcome),
        onePartition(1, { ...settings, handlers: [{ ...settings.handlers[0], retry }] }),
      );
    const halts = (history: HistoryBuilder): HistoryBuilder =>
      history.observed({ kind: 'lane-halted', ...AT, error: new KafkaError('RECORD_EXHAUSTED', 'it was tried as often as it may be') });
    for (const outcomes of [
      ['failed', 'failed'],
      ['skip', 'skip'],
      ['skip', 'failed', 'failed'],
    ] as const)
      expect(halts(tried(...outcomes)).broken()).toEqual([]);
    for (const outcomes of [[], ['failed'], ['skip'], ['failed', 'skip']] as const)
      expect(halts(tried(...outcomes)).broken()).toEqual(['untrue-observation']);
    const again = (): HistoryBuilder => halts(tried('failed', 'failed')).observed({ kind: 'lane-resumed', ...AT, by: 'retry' });
    expect(halts(again().call('a', 0, 'failed')).broken()).toEqual(['untrue-observation']);
    expect(halts(again().call('a', 0, 'failed').call('a', 0, 'failed')).broken()).toEqual([]);
    const goesOn = onePartition(1, { ...settings, handlers: [{ ...settings.handlers[0], retry: { ...retry, onExhausted: 'continue' } }] });
    expect(halts(goesOn.call('a', 0, 'failed').call('a', 0, 'failed')).broken()).toEqual(['untrue-observation']);
  });

  it('has not used up its attempts because a call with it hung and settled', () => {
    const retry = { maxAttempts: 5, onExhausted: 'reject' } as const;
    const history = onePartition(1, { ...settings, handlers: [{ ...settings.handlers[0], deadlineMs: 100, retry }] });
    const call = history.enter('a', 0);
    history.wait(500).observed({ kind: 'lane-halted', ...AT, error: new KafkaError('HANDLER_HUNG', 'it hangs') });
    history.answer(call, 'a', 0, 'failed').observed({ kind: 'lane-resumed', ...AT, by: 'settled' });
    history.observed({ kind: 'action', ...AT, action: 'reject', reason: 'retries-exhausted', deadLetter: true });
    expect(history.wrote('a', 'orders/0/0').ended().broken()).toContain('untrue-observation');
  });

  it('stands still for a call that hangs only once that has taken as long as the options give it', () => {
    const said = (afterMs: number): HistoryBuilder => {
      const history = onePartition(1, { observes: true, handlers: [{ topics: ['orders'], deadlineMs: 100, hungAfterMs: 300 }] });
      history.enter('a', 0);
      return history.wait(afterMs).observed({ kind: 'lane-halted', ...AT, error: new KafkaError('HANDLER_HUNG', 'it hangs') });
    };
    expect(said(300).broken()).toEqual([]);
    expect(said(200).broken()).toEqual(['untrue-observation']);
    const settled = onePartition(1, { observes: true, handlers: [{ topics: ['orders'], deadlineMs: 100, hungAfterMs: 300 }] });
    settled
      .call('a', 0, 'failed')
      .wait(500)
      .observed({ kind: 'lane-halted', ...AT, error: new KafkaError('HANDLER_HUNG', 'it hangs') });
    expect(settled.broken()).toEqual(['untrue-observation']);
  });

  it('lets a lane go on beside a call that hangs, which counts no longer, only where somebody wants that', () => {
    const hangs = (besideCall: boolean): HistoryBuilder => {
      const history = onePartition(2, { observes: true, handlers: [{ topics: ['orders'], concurrency: 1, deadlineMs: 100 }] });
      history.enter('a', 0);
      return history
        .wait(500)
        .observed({ kind: 'lane-halted', ...AT, error: new KafkaError('HANDLER_HUNG', 'it hangs') })
        .add({
          kind: 'decided-by-hand',
          member: 'a',
          topic: 'orders',
          partition: 0,
          offset: 0,
          decision: 'retry',
          ...(besideCall ? { besideCall } : {}),
        })
        .observed({ kind: 'lane-resumed', ...AT, by: 'retry' })
        .call('a', 0, 'consume');
    };
    expect(hangs(true).commit('a', 1, 1).ended().broken()).toEqual([]);
    expect(hangs(false).broken()).toEqual(['overlap', 'concurrency-limit']);
  });

  it('is open until then', () => {
    expect(sent(halted()).commit('a', 1, 1).wrote('a', 'orders/0/0').ended().broken()).toContain('commit-past-open');
    expect(sent(halted()).commit('a', 1, 1).ended().broken()).toContain('lost-reject');
  });

  it("has stood still before: what runs on is nobody's to send", () => {
    const history = failed().observed({ kind: 'action', ...AT, action: 'reject', reason: 'sent-by-hand', deadLetter: true });
    expect(history.wrote('a', 'orders/0/0').ended().broken()).toEqual(['false-letter', 'untrue-observation']);
  });

  it('is not to be sent when it goes on because somebody had it tried again', () => {
    const again = halted().observed({ kind: 'lane-resumed', ...AT, by: 'retry' });
    const history = again.observed({ kind: 'action', ...AT, action: 'reject', reason: 'sent-by-hand', deadLetter: true });
    expect(history.broken()).toEqual(['untrue-observation']);
  });
});
