import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { benchOf, follow } from './producer-bench.ts';

describe('batches', () => {
  it('hold what is sent in one turn, per partition, in one request', async () => {
    const { clock, transport, producer } = benchOf();
    const sent = Promise.all(Array.from({ length: 100 }, (_, index) => producer.send('t', { value: `${index}`, partition: index % 2 })));
    await clock.advance(0);
    expect(transport.arrivals).toHaveLength(2);
    expect(transport.requests).toBe(1);
    const metadata = await sent;
    expect(metadata[5]).toEqual({ topic: 't', partition: 1, offset: 2 });
    expect(transport.logs.get('t/1')).toEqual(Array.from({ length: 50 }, (_, index) => `${index * 2 + 1}`));
  });

  it('of one partition go one after the other, and gather what comes meanwhile', async () => {
    const { clock, transport, producer } = benchOf();
    transport.answer = () => 'hold';
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 3; index += 1) follow(producer.send('t', { value: `${round}${index}`, partition: 0 }));
      await clock.advance(1);
    }
    expect(transport.arrivals.map(({ values }) => values)).toEqual([['00', '01', '02']]);
    transport.release();
    await clock.advance(1);
    expect(transport.arrivals.map(({ values }) => values)[1]).toEqual(['10', '11', '12', '20', '21', '22']);
    expect(transport.mostAtOnce).toBe(1);
  });

  it('go out when the linger time is over, or when they are full', async () => {
    const { clock, transport, producer } = benchOf({ lingerMs: 50, batchBytes: 200 });
    follow(producer.send('t', { value: 'a', partition: 0 }));
    await clock.advance(20);
    follow(producer.send('t', { value: 'b', partition: 0 }));
    await clock.advance(29);
    expect(transport.arrivals).toEqual([]);
    await clock.advance(1);
    expect(transport.arrivals.map(({ values }) => values)).toEqual([['a', 'b']]);
    for (let index = 0; index < 6; index += 1) follow(producer.send('t', { value: 'x'.repeat(20), partition: 0 }));
    await clock.advance(0);
    expect(transport.arrivals.slice(1).map(({ values }) => values.length)).toEqual([3]);
    await clock.advance(50);
    expect(transport.arrivals.slice(1).map(({ values }) => values.length)).toEqual([3, 3]);
  });

  it('never hold more than their bytes, save one record that is larger itself', async () => {
    const { clock, transport, producer } = benchOf({ batchBytes: 100 });
    for (const length of [10, 10, 500, 10]) follow(producer.send('t', { value: 'x'.repeat(length), partition: 0 }));
    await clock.advance(0);
    expect(transport.arrivals.map(({ values }) => values.map(({ length }) => length))).toEqual([[10, 10], [500], [10]]);
  });
});

describe('the partition', () => {
  it('of a key is that of the Java client', async () => {
    const { clock, producer } = benchOf();
    // From the fixture: of 4 partitions, "" is on 1, "a" on 0, "ab" on 2, "abc" on 3.
    const sent = ['', 'a', 'ab', 'abc'].map((key) => follow(producer.send('t', { key, value: 'x' })));
    await clock.advance(0);
    expect(sent.map(({ metadata }) => metadata?.partition)).toEqual([1, 0, 2, 3]);
  });

  it('without a key stays for a batch, then turns', async () => {
    const { clock, transport, producer } = benchOf();
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 10; index += 1) follow(producer.send('t', { value: 'x' }));
      await clock.advance(1);
    }
    expect(transport.arrivals.map(({ partition, values }) => [partition, values.length])).toEqual(
      [2, 3, 0, 1, 2].map((partition) => [partition, 10]),
    );
  });

  it('is chosen once: a retry keeps it, though the topic has grown', async () => {
    const { clock, transport, producer } = benchOf();
    let refusals = 3;
    transport.answer = () => (refusals-- > 0 ? { refuse: 'NOT_LEADER_OR_FOLLOWER', retriable: true } : 'ack');
    const keyed = follow(producer.send('t', { key: 'abc', value: 'keyed' }));
    const free = follow(producer.send('t', { value: 'free' }));
    await clock.advance(0);
    transport.partitions = 50;
    await clock.advance(10_000);
    expect(keyed.metadata?.partition).toBe(3);
    expect(new Set(transport.arrivals.filter(({ values }) => values.includes('free')).map(({ partition }) => partition)).size).toBe(1);
    expect(free.metadata?.partition).toBe(2);
  });

  it('that was asked for must exist; the topic may have grown meanwhile', async () => {
    const { clock, transport, producer } = benchOf();
    const fine = follow(producer.send('t', { value: 'x', partition: 3 }));
    const wrong = follow(producer.send('t', { value: 'x', partition: 4 }));
    await clock.advance(0);
    expect(fine.metadata).toEqual({ topic: 't', partition: 3, offset: 0 });
    expect(wrong.error).toMatchObject({
      code: 'RECORD_INVALID',
      message: 'record for topic "t": partition is 4, expected 0 to 3: the topic has 4 partitions',
    });
    transport.partitions = 5;
    const now = follow(producer.send('t', { value: 'x', partition: 4 }));
    await clock.advance(0);
    expect(now.metadata?.partition).toBe(4);
  });
});

describe('the number of partitions', () => {
  it('is asked for once while it is fresh, and again, without waiting, after five minutes', async () => {
    const { clock, transport, producer } = benchOf();
    for (let index = 0; index < 5; index += 1) {
      follow(producer.send('t', { value: 'x' }));
      await clock.advance(1_000);
    }
    expect(transport.metadataRequests).toBe(1);
    await clock.advance(300_000);
    const sent = follow(producer.send('t', { value: 'x' }));
    await clock.advance(1);
    expect(sent.metadata).toBeDefined();
    expect(transport.metadataRequests).toBe(2);
  });

  it('of an unknown topic fails at once, with the transport’s error', async () => {
    const { clock, transport, producer } = benchOf();
    transport.partitions = new KafkaError('UNKNOWN_TOPIC', 'topic "t" does not exist');
    const sent = follow(producer.send('t', { value: 'x' }));
    await clock.advance(0);
    expect(sent.error?.code).toBe('UNKNOWN_TOPIC');
  });

  it('of a topic that has no leader yet is asked for again', async () => {
    const { clock, transport, producer } = benchOf();
    transport.partitions = new KafkaError('UNKNOWN_TOPIC', 'topic "t" has no leader', { kafkaCode: 'LEADER_NOT_AVAILABLE' });
    const sent = follow(producer.send('t', { value: 'x' }));
    await clock.advance(100);
    transport.partitions = 1;
    await clock.advance(1_000);
    expect(sent.metadata?.offset).toBe(0);
  });

  it('that cannot be had just now is asked for until maxBlockMs is over, order kept', async () => {
    const { clock, transport, producer } = benchOf({ maxBlockMs: 5_000 });
    transport.partitions = new KafkaError('BROKER_UNREACHABLE', 'no broker');
    const first = follow(producer.send('t', { value: 'first', partition: 0 }));
    await clock.advance(4_000);
    const others = ['a', 'b', 'c'].map((value) => follow(producer.send('t', { value, partition: 0 })));
    await clock.advance(2_000);
    expect(first.error).toMatchObject({ code: 'PRODUCE_FAILED', details: { maybeWritten: false }, cause: { code: 'BROKER_UNREACHABLE' } });
    transport.partitions = 1;
    await clock.advance(1_000);
    expect(others.map(({ metadata }) => metadata?.offset)).toEqual([0, 1, 2]);
    expect(transport.logs.get('t/0')).toEqual(['a', 'b', 'c']);
  });
});
