import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../testing/checker/check-history.ts';
import { HistoryBuilder, onePartition } from './history-builder.ts';

const DEAD = { deadLetterTopic: 'dead' } as const;

describe('lost-reject', () => {
  it('catches a committed Reject whose dead letter is nowhere', () => {
    // Without its mark a Reject is not done, so that the core invariant is broken too.
    const lost = ['commit-past-open', 'lost-reject', 'unseen'];
    expect(onePartition(1, DEAD).call('a', 0, 'reject').commit('a', 1, 1).ended().broken()).toEqual(lost);
    const refused = onePartition(1, DEAD).call('a', 0, 'reject');
    refused.told(refused.send('a', 'orders/0/0'), 'a', 'orders/0/0', 'refused');
    expect(refused.commit('a', 1, 1).ended().broken()).toEqual(lost);
  });

  it('does not take a letter for one that was acknowledged to a member after its assignment had ended', () => {
    const late = onePartition(1, DEAD).call('a', 0, 'reject').lost('a', 1).assigned('b', 1, 0).wrote('a', 'orders/0/0');
    expect(late.commit('b', 1, 1).broken()).toEqual(['commit-past-open']);
  });

  it('catches one whose dead letter retention has taken', () => {
    const gone = onePartition(1, DEAD).call('a', 0, 'reject').wrote('a', 'orders/0/0').commit('a', 1, 1).ended();
    expect(gone.writtenStart(1).broken()).toEqual(['lost-reject']);
  });

  it('passes where the dead letter stands, where the record is not committed, and where none was promised', () => {
    expect(onePartition(1, DEAD).call('a', 0, 'reject').wrote('a', 'orders/0/0').commit('a', 1, 1).ended().broken()).toEqual([]);
    expect(onePartition(2, DEAD).call('a', 0, 'consume').commit('a', 1, 1).call('a', 1, 'reject').ended().broken()).toEqual([]);
    expect(onePartition(1).call('a', 0, 'reject').commit('a', 1, 1).ended().broken()).toEqual([]);
  });
});

describe('lost-write of what the subject writes', () => {
  it('catches a message that was acknowledged and stands nowhere', () => {
    const lost = onePartition(1);
    lost.told(lost.send('a', 'x'), 'a', 'x', 'acknowledged', 0);
    expect(lost.ended().broken()).toContain('lost-write');
  });

  it('passes one without an answer, one that was refused, and one that retention has taken', () => {
    const open = onePartition(1);
    open.told(open.send('a', 'x'), 'a', 'x', 'unknown');
    open.told(open.send('a', 'y'), 'a', 'y', 'refused');
    expect(open.wrote('a', 'z').ended().writtenStart(1).broken()).toEqual([]);
  });
});

describe('duplicate', () => {
  it('catches a message that was sent again after it was acknowledged', () => {
    expect(onePartition(1).wrote('a', 'x').wrote('a', 'x').ended().broken()).toEqual(['duplicate']);
  });

  it('catches a copy that nobody sent', () => {
    expect(onePartition(1).wrote('a', 'x').stands('x').ended().broken()).toEqual(['duplicate']);
    const doubled = onePartition(1).wrote('a', 'x').stands('x');
    expect(
      doubled
        .add({ kind: 'fault', fault: { kind: 'produce-duplicated' }, phase: 'felt' })
        .ended()
        .broken(),
    ).toEqual([]);
  });

  it('explains a letter that went out after its assignment was over, and one of the next Reject', () => {
    const late = onePartition(1, DEAD).call('a', 0, 'reject').lost('a', 1).assigned('a', 2, 0).wrote('a', 'orders/0/0');
    expect(late.call('a', 0, 'reject').wrote('a', 'orders/0/0').broken()).toEqual([]);
    expect(late.wrote('a', 'orders/0/0').broken()).toEqual(['duplicate']);
  });

  it('explains one that goes out late although its record was rejected again before, once for each that was owed', () => {
    const owed = onePartition(1, DEAD).call('a', 0, 'reject').lost('a', 1).assigned('a', 2, 0).fetchFrom('a', 2, 0).call('a', 0, 'reject');
    expect(owed.wrote('a', 'orders/0/0').wrote('a', 'orders/0/0').broken()).toEqual([]);
    expect(owed.wrote('a', 'orders/0/0').broken()).toEqual(['duplicate']);
    // It was acknowledged when the assignment was over, and nothing is owed any more.
    const acknowledged = onePartition(1, DEAD).call('a', 0, 'reject').lost('a', 1).wrote('a', 'orders/0/0').assigned('a', 2, 0);
    const again = acknowledged.fetchFrom('a', 2, 0).call('a', 0, 'reject').wrote('a', 'orders/0/0');
    expect(again.broken()).toEqual([]);
    expect(again.wrote('a', 'orders/0/0').broken()).toEqual(['duplicate']);
  });

  it('does not judge what is about a log that was replaced: its offsets were given twice', () => {
    const replaced = onePartition(1).wrote('a', 'orders/0/0').add({ kind: 'log-replaced', topic: 'orders', partition: 0 });
    expect(replaced.wrote('a', 'orders/0/0').stands('orders/0/0').broken()).toEqual([]);
  });

  it('counts what a lost answer, a rebalance or a crash explains', () => {
    const unanswered = onePartition(1);
    const produce = unanswered.send('a', 'x');
    unanswered.stands('x').told(produce, 'a', 'x', 'unknown');
    const again = unanswered.wrote('a', 'x').ended();
    expect(again.broken()).toEqual([]);
    expect(checkHistory(again.history()).evaluated.duplicate).toBe(1);
    expect(onePartition(1).wrote('a', 'x').lost('a', 1).assigned('a', 2).wrote('a', 'x').ended().broken()).toEqual([]);
    expect(onePartition(1).wrote('a', 'x').crashed('a').assigned('b', 1).wrote('b', 'x').ended().broken()).toEqual([]);
  });
});

describe('inconsistent-offsets', () => {
  it('catches two messages that were acknowledged at one offset', () => {
    const twice = onePartition(1).wrote('a', 'x');
    twice.told(twice.send('a', 'y'), 'a', 'y', 'acknowledged', 0);
    expect(twice.stands('y').ended().broken()).toContain('inconsistent-offsets');
  });

  it('catches a message that stands at another offset than was told', () => {
    const other = onePartition(1).wrote('a', 'x');
    const produce = other.send('a', 'y');
    other.stands('z').stands('y').told(produce, 'a', 'y', 'acknowledged', 1);
    expect(other.ended().broken()).toContain('inconsistent-offsets');
  });

  it('passes messages that stand where they were told to', () => {
    expect(onePartition(1).wrote('a', 'x').wrote('a', 'y').ended().broken()).toEqual([]);
  });
});

describe('nonmonotonic-send', () => {
  it('catches a later message at a lower offset', () => {
    const back = onePartition(1);
    const early = back.stands('y').wrote('a', 'x');
    early.told(early.send('a', 'y'), 'a', 'y', 'acknowledged', 0);
    expect(early.ended().broken()).toEqual(['nonmonotonic-send']);
  });

  it('asks nothing of two that were on their way at once, nor of two members', () => {
    const atOnce = onePartition(1);
    const [first, second] = [atOnce.send('a', 'x'), atOnce.send('a', 'y')];
    atOnce.stands('y').stands('x').told(first, 'a', 'x', 'acknowledged', 1).told(second, 'a', 'y', 'acknowledged', 0);
    expect(atOnce.ended().broken()).toEqual([]);
    const members = onePartition(1).stands('y').wrote('a', 'x');
    expect(members.told(members.send('b', 'y'), 'b', 'y', 'acknowledged', 0).ended().broken()).toEqual([]);
  });
});

describe('poll-skip', () => {
  it('catches a batch with fewer records than the log has there', () => {
    expect(onePartition(3).batch('a', 1, 0, 3, true, { records: 2 }).broken()).toEqual(['poll-skip']);
  });

  it('passes gaps, and a batch that was dropped', () => {
    expect(onePartition(3).batch('a', 1, 0, 3, true, { records: 2 }).broken([0, 2])).toEqual([]);
    expect(onePartition(3).batch('a', 1, 0, 3, false, { records: 2 }).broken()).toEqual([]);
  });
});

describe('nonmonotonic-poll', () => {
  it('catches a batch that goes back', () => {
    expect(onePartition(4).batch('a', 1, 0, 3).batch('a', 1, 1, 4).broken()).toEqual(['discontinuity', 'nonmonotonic-poll']);
  });

  it('passes one that was asked for, and one of a new assignment', () => {
    expect(onePartition(4).batch('a', 1, 0, 3).fetchFrom('a', 1, 1).batch('a', 1, 1, 4).broken()).toEqual([]);
    const anew = onePartition(4).batch('a', 1, 0, 3).lost('a', 1).assigned('a', 2).fetchFrom('a', 2, 0).batch('a', 2, 0, 4);
    expect(anew.broken()).toEqual([]);
  });
});

describe('precommitted-read', () => {
  it('catches a batch that reaches past the last stable offset, which is no further when the next one comes', () => {
    const early = onePartition(3).batch('a', 1, 0, 3, true, { lastStableOffset: 2 });
    expect(early.broken()).toEqual([]);
    expect(early.batch('a', 1, 3, 3, false, { lastStableOffset: 2 }).broken()).toEqual(['precommitted-read']);
  });

  it('passes one whose last stable offset was told before it was read, as brokers do', () => {
    const told = onePartition(4).batch('a', 1, 0, 3, true, { lastStableOffset: 2 }).batch('a', 1, 3, 4, true, { lastStableOffset: 4 });
    expect(told.broken()).toEqual([]);
  });

  it('passes one up to it, one that was dropped, and a client that does not say', () => {
    const stable = onePartition(4).batch('a', 1, 0, 2, true, { lastStableOffset: 2 }).batch('a', 1, 2, 4, false, { lastStableOffset: 2 });
    expect(stable.broken()).toEqual([]);
    expect(onePartition(3).batch('a', 1, 0, 3, true, { lastStableOffset: null }).broken()).toEqual([]);
    expect(onePartition(3).batch('a', 1, 0, 3, true, { lastStableOffset: -1 }).broken()).toEqual([]);
  });
});

describe('aborted-read', () => {
  it('catches a delivery of what is not among the committed records', () => {
    const aborted = new HistoryBuilder().produced(1).assigned('a', 1).call('a', 0, 'consume').call('a', 1, 'consume').ended();
    expect(aborted.broken()).toEqual(['aborted-read']);
  });

  it('passes what stands there without an acknowledgement, and what retention has taken', () => {
    const unanswered = new HistoryBuilder().produced(1).assigned('a', 1).call('a', 0, 'consume').call('a', 1, 'consume').ended();
    expect(unanswered.broken([0, 1])).toEqual([]);
    const removed = new HistoryBuilder().assigned('a', 1).call('a', 0, 'consume');
    removed.add({ kind: 'log-start-moved', topic: 'orders', partition: 0, offset: 1 });
    expect(removed.ended().broken([])).toEqual([]);
  });
});

describe('commit-lag at the end of an assignment', () => {
  const done = (): HistoryBuilder => onePartition(2).call('a', 0, 'consume');

  it('catches what was done and not committed before a revoke with a grace, or a stop', () => {
    expect(done().revoking('a', 1).revoked('a', 1).broken()).toEqual(['commit-lag']);
    expect(done().add({ kind: 'member-stopping', member: 'a' }).add({ kind: 'client-stopped', member: 'a' }).broken()).toEqual([
      'commit-lag',
    ]);
  });

  it('passes where it was sent, whatever became of it', () => {
    expect(done().revoking('a', 1).commit('a', 1, 1).revoked('a', 1).broken()).toEqual([]);
    expect(done().revoking('a', 1).commit('a', 1, 1, 'refused').revoked('a', 1).broken()).toEqual([]);
    expect(done().commit('a', 1, 1, 'unknown').revoking('a', 1).revoked('a', 1).broken()).toEqual([]);
  });

  it('asks nothing without a grace, of what was done after it was told, and of what an earlier owner had done', () => {
    expect(done().revoking('a', 1, 0).revoked('a', 1).broken()).toEqual([]);
    expect(onePartition(1).revoking('a', 1).call('a', 0, 'consume').revoked('a', 1).broken()).toEqual([]);
    expect(done().crashed('a').assigned('b', 1).revoking('b', 1).revoked('b', 1).broken()).toEqual([]);
  });
});

describe('offsets that expire', () => {
  it('explain what comes again', () => {
    const expired = onePartition(1).call('a', 0, 'consume').commit('a', 1, 1).revoked('a', 1).stored(null);
    expect(expired.assigned('b', 1).fetchFrom('b', 1, 0).call('b', 0, 'consume').broken()).toEqual([]);
    const kept = onePartition(1).call('a', 0, 'consume').commit('a', 1, 1).revoked('a', 1).assigned('b', 1, 0).fetchFrom('b', 1, 0);
    expect(kept.call('b', 0, 'consume').broken()).toContain('unbounded-redelivery');
  });
});
