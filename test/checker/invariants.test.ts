import { describe, expect, it } from 'vitest';
import { checkHistory, INVARIANTS } from '../../testing/checker/check-history.ts';
import { INVARIANT_NAMES } from '../../testing/checker/violation.ts';
import { KafkaError } from '../../src/errors.ts';
import { HistoryBuilder, onePartition } from './history-builder.ts';
import { ledgerText } from './ledger-text.ts';

const FIRST = { topic: 'orders', partition: 0, epoch: 1 } as const;

describe('a correct history', () => {
  it('passes with skips, a failure, a reject, a rebalance and a crash, and every invariant had something to judge', () => {
    const history = new HistoryBuilder({
      observes: true,
      deadLetterTopic: 'dead',
      handlers: [
        {
          topics: ['orders'],
          concurrency: 4,
          rateLimit: { recordsPerSecond: 100, burst: 10 },
          retry: { maxAttempts: 5, onExhausted: 'reject' },
          leastRetryDelayMs: 0,
          maxBatchRecords: 10,
        },
      ],
      process: { openWindow: 10, durableLedger: true },
    })
      .produced(4)
      .assigned('a', 1)
      .fetchFrom('a', 1, 0)
      .batch('a', 1, 0, 4)
      .asked('a', 0, 1)
      .call('a', 0, 'failed')
      .call('a', 0, 'consume')
      .observed({
        kind: 'action',
        member: 'a',
        topic: 'orders',
        partition: 0,
        epoch: 1,
        offset: 0,
        attempt: 3,
        action: 'consume',
        reason: null,
      })
      .call('a', 1, 'reject')
      .wrote('a', 'orders/0/1')
      .commit('a', 1, 2)
      .batchCall('a', { 2: 'consume', 3: 'skip' })
      .observed({
        kind: 'lane-halted',
        member: 'a',
        ...FIRST,
        offset: 3,
        attempt: 1,
        error: new KafkaError('HANDLER_DEADLINE', 'it hangs'),
      })
      .commit('a', 1, 2, 'acknowledged', ledgerText(2, [2, 3]))
      .pausedByHand('a', 0)
      .revoked('a', 1)
      .assigned('b', 1, 2)
      .fetchFrom('b', 1, 2)
      .batch('b', 1, 2, 4)
      .call('b', 2, 'consume')
      .crashed('b')
      .assigned('c', 1, 2)
      .fetchFrom('c', 1, 2)
      .batch('c', 1, 2, 3, true, { lastStableOffset: 4 })
      .batch('c', 1, 3, 4, true, { lastStableOffset: 4 })
      .wrote('c', 'orders/0/1')
      .call('c', 2, 'consume')
      .call('c', 3, 'consume')
      .commit('c', 1, 4)
      .ended()
      .history();
    const verdict = checkHistory(history);
    expect(verdict.violations).toEqual([]);
    for (const name of INVARIANT_NAMES) expect(verdict.evaluated[name], name).toBeGreaterThan(0);
  });

  it('has one invariant per name, in the order of their weight', () => {
    expect(INVARIANTS.map((invariant) => invariant.name)).toEqual([...INVARIANT_NAMES]);
  });
});

describe('commit-past-open', () => {
  it('names the skipped record that a commit passed', () => {
    const history = onePartition(2, { ordering: 'unordered' }).call('a', 0, 'skip').call('a', 1, 'consume').commit('a', 1, 2).history();
    const [violation] = checkHistory(history).violations;
    expect(violation).toMatchObject({ invariant: 'commit-past-open', offsets: [0], members: ['a'], topic: 'orders', partition: 0 });
    expect(violation?.message).toContain('offset 2 was committed while record 0 (its last answer was Skip)');
  });

  it('sees a commit that only the broker shows', () => {
    expect(onePartition(1).stored(1).broken()).toContain('commit-past-open');
  });

  it('sees a record that was opened again after it had been done', () => {
    const reopened = onePartition(2).call('a', 0, 'consume').lost('a', 1).assigned('b', 1, 0).call('b', 0, 'skip');
    expect(reopened.commit('b', 1, 1).broken()).toContain('commit-past-open');
  });

  it('catches a commit while the handler still runs', () => {
    const running = onePartition(1);
    running.enter('a', 0);
    expect(running.commit('a', 1, 1).broken()).toContain('commit-past-open');
  });

  it('catches a commit past records that do not exist yet', () => {
    expect(onePartition(1).call('a', 0, 'consume').commit('a', 1, 2).produced(1).broken()).toContain('commit-past-open');
  });

  it('lets a refused commit pass, and one whose request was lost', () => {
    expect(onePartition(2).call('a', 0, 'skip').commit('a', 1, 1, 'refused').broken()).toEqual([]);
    expect(onePartition(2).call('a', 0, 'skip').commit('a', 1, 1, 'unknown').stored(null).broken()).toEqual([]);
  });

  it('catches a commit whose answer was lost and which was stored, even if the record was done since', () => {
    const late = onePartition(1).call('a', 0, 'skip').commit('a', 1, 1, 'unknown').call('a', 0, 'consume').stored(1);
    expect(late.broken()).toContain('commit-past-open');
  });

  it('does not blame a commit without an answer for what another member stored rightfully', () => {
    const zombie = onePartition(1).assigned('b', 1, 0).call('a', 0, 'consume');
    const commit = zombie.commitSent('a', 1, 1);
    zombie.call('b', 0, 'consume').commit('b', 1, 1).commitSettled(commit, 'a', 1, 1, 'unknown').stored(1);
    expect(zombie.broken()).not.toContain('commit-past-open');
  });

  it('does not count an answer that came after the epoch was over, nor one of a member that is no longer the owner', () => {
    const late = onePartition(1);
    const call = late.enter('a', 0);
    late.lost('a', 1).assigned('b', 1, 0).answer(call, 'a', 0, 'consume');
    expect(late.commit('b', 1, 1).broken()).toContain('commit-past-open');

    const zombie = onePartition(1).assigned('b', 1, 0).call('b', 0, 'consume').call('a', 0, 'skip').commit('b', 1, 1);
    expect(zombie.broken()).toEqual([]);
  });

  it('knows gaps and what retention removed', () => {
    const gap = onePartition(1).call('a', 0, 'consume').commit('a', 1, 3);
    expect(gap.broken()).toEqual([]);
    const removed = onePartition(3).add({ kind: 'log-start-moved', topic: 'orders', partition: 0, offset: 2 }).call('a', 2, 'consume');
    expect(removed.commit('a', 1, 3).broken([2])).toEqual([]);
  });

  it('asks nothing of records before the start of a group under latest', () => {
    const latest = new HistoryBuilder({ offsetReset: 'latest' }).produced(2).assigned('a', 1, null, 2).commit('a', 1, 2);
    expect(latest.broken()).toEqual([]);
    expect(latest.produced(1).call('a', 2, 'skip').commit('a', 1, 3).broken()).toContain('commit-past-open');
  });
});

describe('commit-lag', () => {
  it('catches a lag that never reaches zero although nothing is open', () => {
    const removed = new HistoryBuilder().produced(2).add({ kind: 'log-start-moved', topic: 'orders', partition: 0, offset: 2 });
    expect(removed.assigned('a', 1, null, 2).ended(false).broken()).toEqual(['commit-lag']);
    const stored = new HistoryBuilder().produced(2).add({ kind: 'log-start-moved', topic: 'orders', partition: 0, offset: 2 });
    expect(stored.assigned('a', 1, null, 2).commit('a', 1, 2).ended(false).broken()).toEqual([]);
  });

  it('catches a consumer that never commits, and passes one that commits in time', () => {
    expect(onePartition(1).call('a', 0, 'consume').wait(2000).ended().broken()).toEqual(['commit-lag']);
    expect(onePartition(1).call('a', 0, 'consume').wait(500).commit('a', 1, 1).wait(2000).ended().broken()).toEqual([]);
  });

  it('catches one that stops committing under a steady flow', () => {
    const flow = onePartition(9).call('a', 0, 'consume').commit('a', 1, 1);
    for (let offset = 1; offset < 9; offset += 1) flow.wait(300).call('a', offset, 'consume');
    expect(flow.broken()).toEqual(['commit-lag']);
  });

  it('starts anew when a commit fails or the owner changes', () => {
    expect(onePartition(1).call('a', 0, 'consume').wait(900).commit('a', 1, 1, 'refused').wait(900).commit('a', 1, 1).broken()).toEqual([]);
    expect(onePartition(1).call('a', 0, 'consume').lost('a', 1).wait(5000).assigned('b', 1, 0).ended().broken()).toEqual([]);
  });

  it('asks nothing of an owner that is gone', () => {
    expect(
      onePartition(1)
        .call('a', 0, 'consume')
        .crashed('a')
        .wait(5000)
        .assigned('b', 1, 0)
        .call('b', 0, 'consume')
        .commit('b', 1, 1)
        .broken(),
    ).toEqual([]);
  });

  it('counts from the start that a group under latest has stored', () => {
    const group = new HistoryBuilder({ offsetReset: 'latest' })
      .assigned('a', 1, null, 0)
      .lost('a', 1)
      .produced(1)
      .assigned('a', 2, null, 1)
      .commit('a', 2, 0);
    expect(group.lost('a', 2).assigned('a', 3, 0).wait(5000).call('a', 0, 'consume').commit('a', 3, 1).ended().broken()).toEqual([]);
  });

  it('owes nothing for a record that was done and came open again, until it is done once more', () => {
    const reopened = onePartition(1, { deadLetterTopic: 'dead' })
      .call('a', 0, 'consume')
      .lost('a', 1)
      .assigned('a', 2, 0)
      .call('a', 0, 'reject');
    expect(reopened.wait(5000).wrote('a', 'orders/0/0').commit('a', 2, 1).ended().broken()).toEqual([]);
  });

  it('does not wait for what a skip holds back', () => {
    expect(onePartition(2).call('a', 0, 'skip').wait(5000).ended().broken()).toEqual([]);
  });
});

describe('unbounded-redelivery', () => {
  const done = (): HistoryBuilder => onePartition(2).call('a', 0, 'consume').commit('a', 1, 1).lost('a', 1);

  it('catches a record that comes again although its commit was acknowledged', () => {
    expect(done().assigned('b', 1, 0).call('b', 0, 'consume').broken()).toEqual(['unbounded-redelivery']);
  });

  it('explains a duplicate above the last acknowledged commit, and one after a lost acknowledgement', () => {
    expect(done().call('a', 1, 'consume').assigned('b', 1, 1).call('b', 1, 'consume').broken()).toEqual(['stale-effect']);
    const above = onePartition(2).call('a', 0, 'consume').commit('a', 1, 1).call('a', 1, 'consume').lost('a', 1);
    expect(above.assigned('b', 1, 1).call('b', 1, 'consume').broken()).toEqual([]);
    const lostReply = onePartition(1).call('a', 0, 'consume').commit('a', 1, 1, 'unknown').lost('a', 1);
    expect(lostReply.assigned('b', 1, 0).call('b', 0, 'consume').broken()).toEqual([]);
  });
});

describe('redelivered-terminal', () => {
  it('catches a record that comes again in the same epoch', () => {
    expect(onePartition(1).call('a', 0, 'consume').call('a', 0, 'consume').broken()).toEqual(['redelivered-terminal']);
    expect(onePartition(1).call('a', 0, 'reject').call('a', 0, 'reject').broken()).toEqual(['redelivered-terminal']);
  });

  it('passes a record that comes again after a skip, a failure, or in a new epoch', () => {
    expect(onePartition(1).call('a', 0, 'skip').call('a', 0, 'failed').call('a', 0, 'consume').broken()).toEqual([]);
    expect(onePartition(1).call('a', 0, 'consume').lost('a', 1).assigned('a', 2, 0).call('a', 0, 'consume').broken()).toEqual([]);
  });
});

describe('wrong-start', () => {
  it('catches a first delivery above the stored offset, and one below', () => {
    expect(onePartition(3).call('a', 1, 'consume').broken()).toContain('wrong-start');
    const below = onePartition(3)
      .call('a', 0, 'consume')
      .call('a', 1, 'consume')
      .commit('a', 1, 2)
      .lost('a', 1)
      .assigned('b', 1, 2)
      .call('b', 1, 'consume');
    expect(below.broken()).toContain('wrong-start');
  });

  it('passes the lowest existing record at or above it, and skips what is known to be done', () => {
    expect(
      onePartition(3).call('a', 0, 'consume').commit('a', 1, 1).lost('a', 1).assigned('b', 1, 1).call('b', 1, 'consume').broken(),
    ).toEqual([]);
    const ledger = onePartition(2, { ordering: 'unordered' }).call('a', 0, 'consume').call('a', 1, 'skip').lost('a', 1).assigned('b', 1, 0);
    expect(ledger.call('b', 1, 'consume').broken()).toEqual([]);
  });

  it('wants the start committed before the first delivery under latest', () => {
    const start = (): HistoryBuilder => new HistoryBuilder({ offsetReset: 'latest' }).produced(1).assigned('a', 1, null, 1).produced(1);
    expect(start().call('a', 1, 'consume').broken()).toEqual(['wrong-start']);
    expect(start().commit('a', 1, 1).call('a', 1, 'consume').broken()).toEqual([]);
  });

  it('lets a group under latest start where it began first, while nothing is stored, but not below', () => {
    const again = (offset: number): HistoryBuilder => {
      const group = new HistoryBuilder({ offsetReset: 'latest' })
        .produced(1)
        .assigned('a', 1, null, 1)
        .lost('a', 1)
        .produced(1)
        .assigned('a', 2, null, 2);
      return group.commit('a', 2, offset).fetchFrom('a', 2, offset).call('a', offset, 'consume');
    };
    expect(again(1).broken()).toEqual([]);
    expect(again(0).broken()).toEqual(['wrong-start']);
  });
});

describe('order-violation', () => {
  it('catches a record that overtakes a skipped one, and one that comes after a later one', () => {
    expect(onePartition(2).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual(['order-violation']);
    expect(onePartition(2).call('a', 0, 'consume').call('a', 1, 'consume').call('a', 0, 'consume').broken()).toContain('order-violation');
  });

  it('passes a member that was evicted, does not know it, and goes on in order', () => {
    const two = onePartition(2);
    const zombie = two.enter('a', 0);
    two.assigned('b', 1, 0).answer(zombie, 'a', 0, 'consume').call('a', 1, 'consume');
    expect(two.broken()).not.toContain('order-violation');
    const skipped = onePartition(2);
    const call = skipped.enter('a', 0);
    skipped.assigned('b', 1, 0).answer(call, 'a', 0, 'skip').call('a', 1, 'consume');
    expect(skipped.broken()).toContain('order-violation');
  });

  it('judges keys apart in key order, and nothing without an order', () => {
    const keyed = (keys: readonly (string | null)[]): HistoryBuilder =>
      new HistoryBuilder({ ordering: 'key' }).produced(2, keys).assigned('a', 1);
    expect(keyed(['x', 'x']).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual(['order-violation']);
    expect(keyed(['x', 'y']).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual([]);
    expect(keyed([null, null]).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual([]);
    expect(onePartition(2, { ordering: 'unordered' }).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual([]);
  });
});

describe('overlap', () => {
  it('catches two calls of one lane at once, also across epochs', () => {
    const two = onePartition(1);
    const first = two.enter('a', 0);
    two.lost('a', 1).assigned('a', 2, 0).call('a', 0, 'consume').answer(first, 'a', 0, 'consume');
    expect(two.broken()).toEqual(['overlap']);
  });

  it('passes two members at once, and a restart after a crash', () => {
    const two = onePartition(1);
    two.enter('a', 0);
    expect(two.lost('a', 1).assigned('b', 1, 0).call('b', 0, 'consume').broken()).toEqual([]);
    const crashed = onePartition(1);
    crashed.enter('a#1', 0);
    expect(crashed.crashed('a#1').assigned('a#2', 1, 0).call('a#2', 0, 'consume').broken()).toEqual(['stale-effect']);
  });
});

describe('discontinuity', () => {
  it('passes a revocation whose end comes when the partition is already held anew', () => {
    const late = onePartition(1).assigned('a', 2, 0).fetchFrom('a', 2, 0).revoked('a', 1).batch('a', 2, 0, 1);
    expect(late.broken()).not.toContain('discontinuity');
  });

  it('catches a batch that was not fetched from the position', () => {
    const stale = onePartition(4).lost('a', 1).assigned('a', 2, 0).fetchFrom('a', 2, 0).batch('a', 2, 2, 4);
    expect(stale.broken()).toEqual(['discontinuity']);
    expect(onePartition(4).batch('a', 1, 0, 2).batch('a', 1, 3, 4).broken()).toEqual(['discontinuity']);
  });

  it('passes one that was dropped, and the next from the position that was asked for', () => {
    const dropped = onePartition(4).batch('a', 1, 2, 4, false).fetchFrom('a', 1, 0).batch('a', 1, 0, 2).batch('a', 1, 2, 4);
    expect(dropped.broken()).toEqual([]);
  });
});

describe('stale-effect', () => {
  it('catches a commit, a delivery and an answer after the epoch was over', () => {
    expect(onePartition(1).call('a', 0, 'consume').lost('a', 1).commit('a', 1, 1, 'refused').broken()).toEqual(['stale-effect']);
    expect(onePartition(1).revoked('a', 1).call('a', 0, 'consume').broken()).toEqual(['stale-effect']);
    const answer = onePartition(1, { observes: true });
    const call = answer.enter('a', 0);
    answer.lost('a', 1).answer(call, 'a', 0, 'consume');
    answer.observed({
      kind: 'action',
      member: 'a',
      topic: 'orders',
      partition: 0,
      epoch: 1,
      offset: 0,
      attempt: 1,
      action: 'consume',
      reason: null,
    });
    expect(answer.broken()).toEqual(['stale-effect']);
  });

  it('passes a commit in the grace before the epoch is over', () => {
    const grace = onePartition(1).add({ kind: 'client-revoking', topic: 'orders', partition: 0, member: 'a', epoch: 1 });
    expect(grace.call('a', 0, 'consume').commit('a', 1, 1).revoked('a', 1).broken()).toEqual([]);
  });
});

describe('commit-regression', () => {
  it('catches a lower commit after a higher one, and one below the stored offset', () => {
    expect(onePartition(2).call('a', 0, 'consume').call('a', 1, 'consume').commit('a', 1, 2).commit('a', 1, 1).broken()).toContain(
      'commit-regression',
    );
    const putBack = onePartition(1).call('a', 0, 'consume').commit('a', 1, 1).lost('a', 1).assigned('b', 1, 1).commit('b', 1, 0);
    expect(putBack.broken()).toContain('commit-regression');
  });

  it('passes the same offset again', () => {
    expect(onePartition(1).call('a', 0, 'consume').commit('a', 1, 1, 'unknown').commit('a', 1, 1).broken()).toEqual([]);
  });
});

describe('stuck, lost-write and unseen', () => {
  it('tells a record that stays behind from one that was passed by', () => {
    expect(onePartition(2).call('a', 0, 'skip').ended(false).broken()).toEqual(['stuck']);
    expect(
      onePartition(2, { ordering: 'unordered' }).call('a', 0, 'skip').call('a', 1, 'consume').commit('a', 1, 2).ended(false).broken(),
    ).toEqual(['commit-past-open', 'unseen']);
    expect(onePartition(1).call('a', 0, 'consume').commit('a', 1, 1).ended().broken()).toEqual([]);
  });

  it('misses an acknowledged record in the log', () => {
    const consumed = onePartition(2).call('a', 0, 'consume').call('a', 1, 'consume').commit('a', 1, 2).ended();
    expect(consumed.broken([0])).toEqual(['lost-write']);
    expect(consumed.broken([0, 1])).toEqual([]);
  });
});

describe('untrue-observation', () => {
  const action = {
    kind: 'action',
    member: 'a',
    topic: 'orders',
    partition: 0,
    epoch: 1,
    offset: 0,
    attempt: 1,
    action: 'consume',
    reason: null,
  } as const;
  const sent = { kind: 'commit-sent', member: 'a', topic: 'orders', partition: 0, epoch: 1, offset: 1 } as const;

  it('catches an action that the handler did not give', () => {
    expect(onePartition(1, { observes: true }).call('a', 0, 'skip').observed(action).broken()).toEqual(['untrue-observation']);
    expect(onePartition(1, { observes: true }).observed(action).broken()).toEqual(['untrue-observation']);
    expect(onePartition(1, { observes: true }).call('a', 0, 'consume').observed(action).broken()).toEqual([]);
  });

  it('catches a commit that was not sent', () => {
    expect(onePartition(1, { observes: true }).call('a', 0, 'consume').observed(sent).broken()).toEqual(['untrue-observation']);
    expect(onePartition(1, { observes: true }).call('a', 0, 'consume').commit('a', 1, 1).observed(sent).broken()).toEqual([]);
  });

  it('catches an acknowledged commit that the broker does not store', () => {
    const done = onePartition(1).call('a', 0, 'consume');
    done.commitSettled(done.commitSent('a', 1, 1), 'a', 1, 1, 'acknowledged');
    expect(done.wait(10).stored(null).broken()).toEqual(['untrue-observation']);
  });

  it('lets an earlier commit land after a later one that overtook it on another connection', () => {
    const done = onePartition(2).call('a', 0, 'consume');
    const earlier = done.commitSent('a', 1, 1);
    done.call('a', 1, 'consume');
    const later = done.commitSent('a', 1, 2);
    done.commitSettled(later, 'a', 1, 2, 'acknowledged');
    expect(done.wait(10).stored(1).broken()).toEqual([]);
    done.commitSettled(earlier, 'a', 1, 1, 'acknowledged');
    expect(done.wait(10).stored(0).broken()).toEqual(['untrue-observation']);
  });

  it('holds what was acknowledged against the broker although a commit of a process that was killed never got an answer', () => {
    const history = onePartition(2).call('a', 0, 'consume');
    history.commitSent('a', 1, 1);
    history.crashed('a').assigned('b', 2).fetchFrom('b', 2, 0).call('b', 0, 'consume').call('b', 1, 'consume');
    history.commitSettled(history.commitSent('b', 2, 2), 'b', 2, 2, 'acknowledged');
    expect(history.wait(10).stored(null).broken()).toEqual(['untrue-observation']);
  });
});
