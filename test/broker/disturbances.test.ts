import { describe, expect, it } from 'vitest';
import { Harness, joinRequest, memberIdFor, record, stableGroup } from './harness.ts';

const PLACE = { topic: 'orders', partition: 0 } as const;

function replicated(configs: Record<string, string> = {}): Harness {
  const harness = new Harness();
  harness.createTopic('orders', 1, configs, 2);
  return harness;
}

function leader(harness: Harness): number {
  return harness.cluster.log('orders', 0)?.leader ?? 0;
}

function fetch(harness: Harness, fetchOffset: number, maxWaitMs = 0, node?: number) {
  const body = {
    maxWaitMs,
    minBytes: 1,
    maxBytes: 1_000_000,
    isolationLevel: 'read_committed' as const,
    partitions: [{ ...PLACE, fetchOffset, partitionMaxBytes: 1_000_000 }],
  };
  return harness.send('Fetch', body, node === undefined ? {} : { node });
}

describe('a moved leader', () => {
  it('is another in-sync replica in the next epoch; the old one refuses, also who waits there', () => {
    const harness = replicated();
    const before = leader(harness);
    const waiting = fetch(harness, 0, 500);
    expect(harness.disturb({ kind: 'leader-moved', ...PLACE })).toBe(true);
    expect(leader(harness)).not.toBe(before);
    expect(waiting.response()?.partitions[0]?.errorCode).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(fetch(harness, 0, 0, before).response()?.partitions[0]?.errorCode).toBe('NOT_LEADER_OR_FOLLOWER');
    harness.produce('orders', 0, [record('a')]);
    expect(fetch(harness, 0).response()?.partitions[0]?.batches[0]?.partitionLeaderEpoch).toBe(1);
    const [partition] = harness.ask('Metadata', { topics: ['orders'] }).topics[0]?.partitions ?? [];
    expect(partition).toMatchObject({ leaderEpoch: 1, errorCode: 'NONE' });
  });

  it('does not happen without another replica', () => {
    const harness = new Harness();
    harness.createTopic('orders');
    expect(harness.disturb({ kind: 'leader-moved', ...PLACE })).toBe(false);
  });
});

describe('a lagging replica', () => {
  it('holds the high watermark back: consumers see nothing above, acks −1 waits, acks 1 does not', () => {
    const harness = replicated();
    harness.produce('orders', 0, [record('a')]);
    harness.disturb({ kind: 'replica-lagging', ...PLACE, ms: 1_000 });
    const waiting = harness.send('Produce', { acks: -1, partitions: [{ ...PLACE, records: [record('b')] }] });
    expect(waiting.response()).toBeNull();
    expect(harness.ask('Produce', { acks: 1, partitions: [{ ...PLACE, records: [record('c')] }] }).partitions[0]?.baseOffset).toBe(2);
    const answer = fetch(harness, 0).response()?.partitions[0];
    expect(answer).toMatchObject({ highWatermark: 1 });
    expect(answer?.batches).toHaveLength(1);
    const longPoll = fetch(harness, 1, 5_000);
    expect(longPoll.response()).toBeNull();
    harness.advance(1_000);
    expect(waiting.response()?.partitions[0]).toMatchObject({ errorCode: 'NONE', baseOffset: 1 });
    expect(longPoll.response()?.partitions[0]?.batches).toHaveLength(2);
  });

  it('lets a produce time out with its outcome open', () => {
    const harness = replicated();
    harness.disturb({ kind: 'replica-lagging', ...PLACE, ms: 60_000 });
    const waiting = harness.send('Produce', { acks: -1, timeoutMs: 500, partitions: [{ ...PLACE, records: [record('a')] }] });
    harness.advance(500);
    expect(waiting.response()?.partitions[0]).toMatchObject({ errorCode: 'REQUEST_TIMED_OUT', baseOffset: -1 });
    expect(harness.cluster.log('orders', 0)).toMatchObject({ highWatermark: 0, logEndOffset: 1 });
  });
});

describe('lost replicas', () => {
  it('refuse acks −1 below min.insync.replicas, until they are back', () => {
    const harness = replicated({ 'min.insync.replicas': '2' });
    harness.disturb({ kind: 'replicas-lost', ...PLACE, ms: 1_000 });
    expect(harness.produce('orders', 0, [record('a')]).errorCode).toBe('NOT_ENOUGH_REPLICAS');
    harness.advance(1_000);
    expect(harness.produce('orders', 0, [record('a')]).errorCode).toBe('NONE');
  });
});

describe('an unclean leader', () => {
  it('lacks the end of the log and goes on from there in a later epoch', () => {
    const harness = replicated();
    for (const value of ['a', 'b', 'c']) harness.produce('orders', 0, [record(value)]);
    expect(harness.disturb({ kind: 'unclean-leader', ...PLACE, records: 2 })).toBe(true);
    expect(harness.cluster.log('orders', 0)).toMatchObject({ logEndOffset: 1, highWatermark: 1 });
    expect(fetch(harness, 3).response()?.partitions[0]?.errorCode).toBe('OFFSET_OUT_OF_RANGE');
    expect(harness.produce('orders', 0, [record('d')]).baseOffset).toBe(1);
    expect([...(harness.cluster.log('orders', 0)?.records() ?? [])].map(({ offset }) => offset)).toEqual([0, 1]);
  });

  it('tells who names the leader epoch of the record before from where on it has others, at once', () => {
    const harness = replicated();
    for (const value of ['a', 'b', 'c']) harness.produce('orders', 0, [record(value)]);
    harness.disturb({ kind: 'unclean-leader', ...PLACE, records: 2 });
    for (const value of ['d', 'e', 'f']) harness.produce('orders', 0, [record(value)]);
    const asked = (fetchOffset: number, lastFetchedEpoch?: number) =>
      harness.ask(
        'Fetch',
        {
          maxWaitMs: 10_000,
          minBytes: 1,
          maxBytes: 1_000,
          isolationLevel: 'read_committed',
          partitions: [
            { ...PLACE, fetchOffset, partitionMaxBytes: 1_000, ...(lastFetchedEpoch === undefined ? {} : { lastFetchedEpoch }) },
          ],
        },
        { node: leader(harness) },
      ).partitions[0];
    expect(asked(3, 0)).toMatchObject({ errorCode: 'NONE', batches: [], divergesAt: 1 });
    expect(asked(9, 0)).toMatchObject({ errorCode: 'NONE', batches: [], divergesAt: 1 });
    expect(asked(1, 0)).not.toHaveProperty('divergesAt');
    expect(asked(3)?.batches).toHaveLength(1);
    expect(asked(9)?.errorCode).toBe('OFFSET_OUT_OF_RANGE');
  });
});

describe('a broker that stops', () => {
  it('hands its partitions to the other one and takes up where it was when it is back; never the last', () => {
    const harness = replicated();
    const before = leader(harness);
    expect(harness.disturb({ kind: 'broker-stopped', nodeId: before })).toBe(true);
    expect(leader(harness)).toBe(3 - before);
    expect(harness.disturb({ kind: 'broker-stopped', nodeId: 3 - before })).toBe(false);
    expect(harness.ask('Metadata', { topics: null }, { node: 3 - before }).brokers).toHaveLength(1);
    expect(harness.disturb({ kind: 'broker-started', nodeId: before })).toBe(true);
    expect(leader(harness)).toBe(3 - before);
  });

  it('leaves a partition of which it had the only replica without a leader, as metadata say', () => {
    const harness = new Harness();
    harness.createTopic('orders');
    const node = leader(harness);
    harness.disturb({ kind: 'broker-stopped', nodeId: node });
    expect(harness.ask('Metadata', { topics: ['orders'] }, { node: 3 - node }).topics[0]?.partitions[0]?.errorCode).toBe(
      'LEADER_NOT_AVAILABLE',
    );
    harness.disturb({ kind: 'broker-started', nodeId: node });
    expect(leader(harness)).toBe(node);
  });
});

describe('a moved coordinator', () => {
  it('knows offsets and the last settled generation; whoever was joining is sent on', () => {
    const harness = new Harness();
    harness.createTopic('orders');
    const { members, generationId } = stableGroup(harness, 'g', 2);
    const before = harness.coordinator('g');
    // A third one joins: its generation is never settled.
    const third = memberIdFor(harness, 'g');
    const joining = harness.send('JoinGroup', joinRequest('g', third));
    expect(harness.disturb({ kind: 'coordinator-moved', groupId: 'g', loadMs: 100 })).toBe(true);
    expect(joining.response()?.errorCode).toBe('NOT_COORDINATOR');
    expect(harness.coordinator('g')).toBe(3 - before);
    const beat = { groupId: 'g', generationId, memberId: members[0] as string, groupInstanceId: null };
    expect(harness.ask('Heartbeat', beat, { node: before }).errorCode).toBe('NOT_COORDINATOR');
    // It still loads: heartbeats are answered blindly, everything else is not.
    expect(harness.ask('Heartbeat', { ...beat, generationId: 99 }).errorCode).toBe('NONE');
    expect(harness.ask('OffsetFetch', { groupId: 'g', partitions: null }).errorCode).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    harness.advance(100);
    expect(harness.ask('Heartbeat', beat).errorCode).toBe('NONE');
    expect(harness.ask('Heartbeat', { ...beat, memberId: third }).errorCode).toBe('UNKNOWN_MEMBER_ID');
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Stable', generationId });
    // Sessions began anew.
    harness.advance(10_000);
    expect(harness.ask('Heartbeat', beat).errorCode).not.toBe('NONE');
  });
});

describe('a failed disk', () => {
  it('takes nothing and gives nothing for its time', () => {
    const harness = replicated();
    const waiting = fetch(harness, 0, 500);
    harness.disturb({ kind: 'disk-failed', nodeId: leader(harness), ms: 1_000 });
    expect(waiting.response()?.partitions[0]?.errorCode).toBe('KAFKA_STORAGE_ERROR');
    expect(harness.produce('orders', 0, [record('a')]).errorCode).toBe('KAFKA_STORAGE_ERROR');
    harness.advance(1_000);
    expect(harness.produce('orders', 0, [record('a')]).errorCode).toBe('NONE');
  });
});

describe('retention and rebalances', () => {
  it('removes all but the last offsets', () => {
    const harness = replicated();
    for (const value of ['a', 'b', 'c']) harness.produce('orders', 0, [record(value)]);
    expect(harness.disturb({ kind: 'records-removed', ...PLACE, keep: 1 })).toBe(true);
    expect(harness.cluster.log('orders', 0)).toMatchObject({ logStartOffset: 2, logEndOffset: 3 });
    expect(harness.disturb({ kind: 'records-removed', ...PLACE, keep: 1 })).toBe(false);
  });

  it('gives the marker of a transaction an offset of its own, which a fetch passes without a record', () => {
    const harness = replicated();
    harness.produce('orders', 0, [record('a')]);
    const waiting = fetch(harness, 1, 500);
    expect(harness.disturb({ kind: 'control-record', ...PLACE })).toBe(true);
    expect(waiting.response()?.partitions[0]?.batches).toMatchObject([{ baseOffset: 1, lastOffset: 1, records: [] }]);
    expect(harness.produce('orders', 0, [record('b')]).baseOffset).toBe(2);
  });

  it('begins a rebalance of a stable group only', () => {
    const harness = new Harness();
    expect(harness.disturb({ kind: 'rebalance', groupId: 'g' })).toBe(false);
    const { members, generationId } = stableGroup(harness, 'g', 1);
    expect(harness.disturb({ kind: 'rebalance', groupId: 'g' })).toBe(true);
    const beat = { groupId: 'g', generationId, memberId: members[0] as string, groupInstanceId: null };
    expect(harness.ask('Heartbeat', beat).errorCode).toBe('REBALANCE_IN_PROGRESS');
  });
});

describe('an idempotent producer', () => {
  const send = (harness: Harness, baseSequence: number, values: readonly string[], producerEpoch = 0) =>
    harness.ask('Produce', {
      acks: -1,
      partitions: [{ ...PLACE, records: values.map((value) => record(value)), producer: { producerId: 7, producerEpoch, baseSequence } }],
    }).partitions[0];

  it('gets ids of its own', () => {
    const harness = new Harness();
    const first = harness.ask('InitProducerId', {});
    expect(harness.ask('InitProducerId', {}).producerId).toBeGreaterThan(first.producerId);
  });

  it('writes a batch once, however often it is sent, and no batch after a gap', () => {
    const harness = replicated();
    expect(send(harness, 0, ['a', 'b'])).toMatchObject({ errorCode: 'NONE', baseOffset: 0 });
    expect(send(harness, 2, ['c'])).toMatchObject({ errorCode: 'NONE', baseOffset: 2 });
    expect(send(harness, 0, ['a', 'b'])).toMatchObject({ errorCode: 'NONE', baseOffset: 0 });
    expect(harness.cluster.log('orders', 0)?.logEndOffset).toBe(3);
    expect(send(harness, 5, ['z'])?.errorCode).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(send(harness, 0, ['d'], 1)?.errorCode).toBe('NONE');
    expect(send(harness, 3, ['e'], 0)?.errorCode).toBe('INVALID_PRODUCER_EPOCH');
  });

  it('remembers five batches of each', () => {
    const harness = replicated();
    for (let sequence = 0; sequence < 6; sequence += 1) send(harness, sequence, ['x']);
    expect(send(harness, 1, ['x'])).toMatchObject({ errorCode: 'NONE', baseOffset: 1 });
    expect(send(harness, 0, ['x'])?.errorCode).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
  });
});
