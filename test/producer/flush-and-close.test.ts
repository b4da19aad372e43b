import { describe, expect, it } from 'vitest';
import { benchOf, follow } from './producer-bench.ts';

describe('flush', () => {
  it('resolves when everything sent before is settled, without lingering', async () => {
    const { clock, producer } = benchOf({ lingerMs: 10_000 });
    const sent = [0, 1, 2].map((partition) => follow(producer.send('t', { value: 'x', partition })));
    let flushed = false;
    const flush = producer.flush().then(() => (flushed = true));
    await clock.advance(0);
    expect(flushed).toBe(true);
    expect(sent.map(({ metadata }) => metadata?.offset)).toEqual([0, 0, 0]);
    await flush;
  });

  it('waits for what was sent before, also before an earlier flush, and not for what comes after', async () => {
    const { clock, transport, producer } = benchOf();
    const done: string[] = [];
    transport.answer = () => 'hold';
    follow(producer.send('t', { value: 'first', partition: 0 }));
    await clock.advance(0);
    const flushes = [producer.flush().then(() => done.push('first'))];
    transport.answer = ({ partition }) => (partition === 1 ? 'ack' : 'unknown');
    follow(producer.send('t', { value: 'second', partition: 1 }));
    flushes.push(producer.flush().then(() => done.push('second')));
    await clock.advance(0);
    expect(done).toEqual([]);
    follow(producer.send('t', { value: 'never', partition: 2 }));
    await clock.advance(0);
    transport.release();
    await clock.advance(0);
    expect(done).toEqual(['first', 'second']);
    await Promise.all(flushes);
  });

  it('counts failures as settled, and those that wait for room as sent', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 100, batchBytes: 100 });
    transport.answer = () => ({ refuse: 'INVALID_RECORD', retriable: false });
    const sent = [1, 2, 3].map(() => follow(producer.send('t', { value: 'x'.repeat(60), partition: 0 })));
    let flushed = false;
    const flush = producer.flush().then(() => (flushed = true));
    await clock.advance(10);
    expect(flushed).toBe(true);
    expect(sent.every(({ error }) => error?.kafkaCode === 'INVALID_RECORD')).toBe(true);
    await flush;
  });

  it('with nothing sent resolves at once', async () => {
    await benchOf().producer.flush();
  });
});

describe('close', () => {
  it('drains, then takes no more and closes the transport', async () => {
    const { clock, transport, producer } = benchOf({ lingerMs: 60_000 });
    const sent = follow(producer.send('t', { value: 'x', partition: 0 }));
    const closed = producer.close({ timeoutMs: 5_000 });
    const late = follow(producer.send('t', { value: 'x', partition: 0 }));
    await clock.advance(0);
    await closed;
    expect(sent.metadata?.offset).toBe(0);
    expect(late.error).toMatchObject({ code: 'PRODUCER_CLOSED', details: { maybeWritten: false } });
    expect(transport.closed).toBe(true);
    expect(clock.timerCount).toBe(0);
    await producer.close({ timeoutMs: 0 });
  });

  it('fails what is left at its deadline, each saying whether it may have been written', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 250, batchBytes: 100 });
    transport.answer = ({ partition }) => (partition === 0 ? 'hold' : { refuse: 'NOT_LEADER_OR_FOLLOWER', retriable: true });
    const value = 'x'.repeat(60);
    const under = follow(producer.send('t', { value, partition: 0 }));
    await clock.advance(0);
    const retried = follow(producer.send('t', { value, partition: 1 }));
    const waiting = follow(producer.send('t', { value, partition: 0 }));
    await clock.advance(10);
    const closed = producer.close({ timeoutMs: 5_000 });
    await clock.advance(5_000);
    await closed;
    expect(under.error).toMatchObject({ code: 'PRODUCE_FAILED', details: { maybeWritten: true, attempts: 1 } });
    expect(retried.error).toMatchObject({ code: 'PRODUCE_FAILED', details: { maybeWritten: false } });
    expect(waiting.error).toMatchObject({ code: 'PRODUCE_FAILED', details: { maybeWritten: false } });
    expect(under.error?.message).toContain('the producer was closed, and 5000 ms were not enough to send it');
    expect(clock.timerCount).toBe(0);
    transport.release();
    await clock.advance(1_000);
    expect(under.metadata).toBeUndefined();
  });

  it('twice: the second may only shorten the deadline', async () => {
    const { clock, transport, producer } = benchOf();
    transport.answer = () => 'hold';
    const sent = follow(producer.send('t', { value: 'x', partition: 0 }));
    await clock.advance(0);
    void producer.close({ timeoutMs: 30_000 });
    await clock.advance(1_000);
    void producer.close({ timeoutMs: 60_000 });
    void producer.close({ timeoutMs: 500 });
    await clock.advance(499);
    expect(transport.closed).toBe(false);
    await clock.advance(1);
    expect(transport.closed).toBe(true);
    expect(sent.error).toMatchObject({ code: 'PRODUCE_FAILED', details: { maybeWritten: true } });
    expect(clock.timerCount).toBe(0);
  });
});
