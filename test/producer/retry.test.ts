import { describe, expect, it } from 'vitest';
import { benchOf, follow } from './producer-bench.ts';
import type { Fate } from './producer-bench.ts';

const NOT_LEADER = { refuse: 'NOT_LEADER_OR_FOLLOWER', retriable: true } as const;

describe('a retry', () => {
  it('keeps the order of the partition, whatever is sent meanwhile', async () => {
    const { clock, transport, producer } = benchOf();
    let attempts = 0;
    transport.answer = () => ((attempts += 1) % 3 === 0 ? 'ack' : NOT_LEADER);
    const sent = [];
    for (let index = 0; index < 30; index += 1) {
      sent.push(follow(producer.send('t', { value: `${index}`, partition: 0 })));
      await clock.advance(70);
    }
    await clock.advance(60_000);
    expect(transport.logs.get('t/0')).toEqual(Array.from({ length: 30 }, (_, index) => `${index}`));
    expect(sent.map(({ metadata }) => metadata?.offset)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(transport.mostAtOnce).toBe(1);
  });

  it('after a lost answer may write twice, and acknowledges the second', async () => {
    const { clock, transport, producer } = benchOf();
    let attempts = 0;
    transport.answer = () => ((attempts += 1) === 1 ? 'written-but-unknown' : 'ack');
    const sent = follow(producer.send('t', { value: 'a', partition: 0 }));
    await clock.advance(1_000);
    expect(transport.logs.get('t/0')).toEqual(['a', 'a']);
    expect(sent.metadata?.offset).toBe(1);
  });

  it('waits longer each time, and leaves other partitions alone', async () => {
    const { clock, transport, producer } = benchOf();
    const times: number[] = [];
    transport.answer = ({ partition }) => {
      if (partition === 1) return 'ack';
      times.push(clock.now());
      return NOT_LEADER;
    };
    const begin = clock.now();
    follow(producer.send('t', { value: 'sick', partition: 0 }));
    const well = follow(producer.send('t', { value: 'well', partition: 1 }));
    await clock.advance(4_000);
    expect(well.metadata?.offset).toBe(0);
    // Half of 100, 200, 400, 800, then of the limit, 1000.
    expect(times.map((time) => time - begin)).toEqual([0, 50, 150, 350, 750, 1_250, 1_750, 2_250, 2_750, 3_250, 3_750]);
    const later = follow(producer.send('t', { value: 'later', partition: 1 }));
    await clock.advance(1);
    expect(later.metadata?.offset).toBe(1);
  });

  it('ends with the delivery time-out; the error says that nothing was written', async () => {
    const { clock, transport, producer } = benchOf({ deliveryTimeoutMs: 30_000 });
    transport.answer = () => NOT_LEADER;
    const sent = follow(producer.send('t', { value: 'a', partition: 0 }));
    await clock.advance(29_000);
    expect(sent.error).toBeUndefined();
    await clock.advance(1_000);
    expect(sent.error).toMatchObject({
      code: 'PRODUCE_FAILED',
      kafkaCode: 'NOT_LEADER_OR_FOLLOWER',
      details: { topic: 't', partition: 0, maybeWritten: false },
    });
    expect(sent.error?.message).toMatch(
      /^record for topic "t", partition 0: not acknowledged within 30000 ms \(producer.deliveryTimeoutMs\) \(attempts: \d+, the last answer being NOT_LEADER_OR_FOLLOWER\); it was not written$/,
    );
    expect(clock.timerCount).toBe(0);
  });

  it('that once had no answer says that the record may have been written, also when a refusal came last', async () => {
    const { clock, transport, producer } = benchOf();
    let attempts = 0;
    transport.answer = () => ((attempts += 1) === 1 ? 'unknown' : { refuse: 'TOPIC_AUTHORIZATION_FAILED', retriable: false });
    const sent = follow(producer.send('t', { value: 'a', partition: 0 }));
    await clock.advance(1_000);
    expect(sent.error).toMatchObject({
      details: { maybeWritten: true, attempts: 2 },
      message: expect.stringContaining('it may have been written all the same'),
    });
  });

  it('of a batch that failed lets the next one go, and what waited too long fails with it', async () => {
    const { clock, transport, producer } = benchOf({ deliveryTimeoutMs: 30_000 });
    transport.answer = () => 'hold';
    const first = follow(producer.send('t', { value: 'first', partition: 0 }));
    await clock.advance(1);
    const second = follow(producer.send('t', { value: 'second', partition: 0 }));
    await clock.advance(25_000);
    const third = follow(producer.send('t', { value: 'third'.padEnd(600_000), partition: 0 }));
    await clock.advance(6_000);
    transport.release();
    await clock.advance(1);
    expect(first.metadata?.offset).toBe(0);
    expect(second.error).toMatchObject({ code: 'PRODUCE_FAILED', details: { attempts: 0, maybeWritten: false } });
    transport.release();
    await clock.advance(1);
    expect(third.metadata?.offset).toBe(1);
  });
});

describe('a partition that ails', () => {
  it('travels apart, so that it holds up the others once at most', async () => {
    const { clock, transport, producer } = benchOf();
    const both = (): readonly Fate[] => [0, 1].map((partition) => follow(producer.send('t', { value: 'x', partition })));
    transport.answer = ({ partition }) => (partition === 0 ? { refuse: 'TOPIC_AUTHORIZATION_FAILED', retriable: false } : 'ack');
    both();
    await clock.advance(1);
    expect(transport.requests).toBe(1);
    transport.answer = ({ partition }) => (partition === 0 ? 'hold' : 'ack');
    const [ailing, well] = both();
    await clock.advance(1);
    expect([ailing?.metadata, well?.metadata?.offset]).toEqual([undefined, 1]);
    transport.release();
    await clock.advance(1);
    transport.answer = () => 'ack';
    both();
    await clock.advance(1);
    expect(transport.requests).toBe(4);
  });
});

describe('a definite refusal', () => {
  it('for the sake of a record splits the batch until only the culprit fails, order kept', async () => {
    const { clock, transport, producer } = benchOf();
    transport.answer = (_batch, values) =>
      values.includes('13') || values.includes('77') ? { refuse: 'INVALID_RECORD', retriable: false } : 'ack';
    const sent = Array.from({ length: 100 }, (_, index) => follow(producer.send('t', { value: `${index}`, partition: 0 })));
    await clock.advance(0);
    const later = follow(producer.send('t', { value: 'later', partition: 0 }));
    await clock.advance(1_000);
    expect(sent.flatMap(({ error }, index) => (error === undefined ? [] : [index]))).toEqual([13, 77]);
    expect(sent[13]?.error).toMatchObject({ code: 'PRODUCE_FAILED', kafkaCode: 'INVALID_RECORD', details: { maybeWritten: false } });
    const log = transport.logs.get('t/0') ?? [];
    expect(log).toEqual([
      ...Array.from({ length: 100 }, (_, index) => `${index}`).filter((value) => value !== '13' && value !== '77'),
      'later',
    ]);
    sent.forEach(({ metadata }, index) =>
      expect(metadata === undefined ? undefined : log[metadata.offset]).toBe(metadata === undefined ? undefined : `${index}`),
    );
    expect(later.metadata?.offset).toBe(98);
  });

  it('after a lost answer leaves open for every part whether it was written', async () => {
    const { clock, transport, producer } = benchOf();
    let attempts = 0;
    transport.answer = () => ((attempts += 1) === 1 ? 'written-but-unknown' : { refuse: 'MESSAGE_TOO_LARGE', retriable: false });
    const sent = ['a', 'b', 'c'].map((value) => follow(producer.send('t', { value, partition: 0 })));
    await clock.advance(1_000);
    expect(sent.map(({ error }) => error?.details['maybeWritten'])).toEqual([true, true, true]);
  });

  it('leaves each part its own time, counted from its first record', async () => {
    const { clock, transport, producer } = benchOf({ lingerMs: 20_000, requestTimeoutMs: 1_000, deliveryTimeoutMs: 30_000 });
    const refuse = (values: readonly string[]): string => (values.length > 1 ? 'INVALID_RECORD' : 'NOT_LEADER_OR_FOLLOWER');
    transport.answer = (_batch, values) => ({ refuse: refuse(values), retriable: values.length === 1 });
    const early = follow(producer.send('t', { value: 'early', partition: 0 }));
    await clock.advance(15_000);
    const late = follow(producer.send('t', { value: 'late', partition: 0 }));
    await clock.advance(15_500);
    expect(early.error?.code).toBe('PRODUCE_FAILED');
    expect(late.error).toBeUndefined();
    await clock.advance(15_000);
    expect(late.error?.code).toBe('PRODUCE_FAILED');
  });

  it('that blames the topic fails the batch at once', async () => {
    const { clock, transport, producer } = benchOf();
    transport.answer = () => ({ refuse: 'TOPIC_AUTHORIZATION_FAILED', retriable: false });
    const sent = Array.from({ length: 50 }, () => follow(producer.send('t', { value: 'x', partition: 0 })));
    await clock.advance(0);
    expect(transport.requests).toBe(1);
    expect(sent.filter(({ error }) => error?.kafkaCode === 'TOPIC_AUTHORIZATION_FAILED')).toHaveLength(50);
  });
});

describe('a transport that breaks its word', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('bug'))],
    ['answers too little', () => Promise.resolve([])],
  ])('and %s leaves the outcome unknown, and the records are tried again', async (_what, broken) => {
    const { clock, transport, producer } = benchOf();
    const honest = transport.produce.bind(transport);
    let calls = 0;
    transport.produce = (batches) => ((calls += 1) === 1 ? broken() : honest(batches));
    const sent = follow(producer.send('t', { value: 'x', partition: 0 }));
    await clock.advance(1_000);
    expect(sent.metadata?.offset).toBe(0);
  });
});
