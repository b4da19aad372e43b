import { describe, expect, it } from 'vitest';
import { benchOf, follow } from './producer-bench.ts';

/** 100 bytes on the wire at most, by the producer's own reckoning. */
const value = 'x'.repeat(64);

describe('the buffer', () => {
  it('when full makes sends wait in line, in order, until there is room', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 300, batchBytes: 100 });
    transport.answer = () => 'hold';
    const sent = Array.from({ length: 8 }, (_, index) =>
      follow(producer.send('t', { value: `${index}`.padEnd(64), partition: index % 4 })),
    );
    for (const arrived of [3, 6, 8]) {
      await clock.advance(0);
      expect(transport.arrivals).toHaveLength(arrived);
      transport.release();
    }
    await clock.advance(0);
    expect(sent.map(({ metadata }) => metadata?.offset)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(transport.logs.get('t/3')?.map((text) => text.trim())).toEqual(['3', '7']);
  });

  it('lets nobody overtake who waits, however small', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 300, batchBytes: 300 });
    transport.answer = () => 'hold';
    for (const text of ['first'.padEnd(200), 'large'.padEnd(200), 'small']) follow(producer.send('t', { value: text, partition: 0 }));
    await clock.advance(0);
    for (let round = 0; round < 3; round += 1) {
      transport.release();
      await clock.advance(0);
    }
    expect(transport.logs.get('t/0')?.map((text) => text.trim())).toEqual(['first', 'large', 'small']);
  });

  it('that stays full fails a send after maxBlockMs, and takes it out of the line', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 100, batchBytes: 100, maxBlockMs: 2_000 });
    transport.answer = () => 'hold';
    const first = follow(producer.send('t', { value, partition: 0 }));
    const second = follow(producer.send('t', { value, partition: 0 }));
    await clock.advance(1_000);
    const third = follow(producer.send('t', { value: 'third'.padEnd(64), partition: 0 }));
    await clock.advance(999);
    expect(second.error).toBeUndefined();
    await clock.advance(1);
    expect(second.error).toMatchObject({ code: 'PRODUCER_BUFFER_FULL', details: { maybeWritten: false } });
    expect(second.error?.message).toContain(
      'buffer of 100 bytes (producer.maxBufferedBytes) stayed full for 2000 ms (producer.maxBlockMs)',
    );
    expect(third.error).toBeUndefined();
    transport.release();
    await clock.advance(1);
    transport.release();
    await clock.advance(1);
    expect([first.metadata?.offset, third.metadata?.offset]).toEqual([0, 1]);
    expect(clock.timerCount).toBe(0);
  });

  it('does not let batches linger while somebody waits', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 250, batchBytes: 200, lingerMs: 10_000 });
    follow(producer.send('t', { value, partition: 0 }));
    await clock.advance(10_000);
    expect(transport.arrivals).toHaveLength(1);
    const sent = [0, 1, 2].map((partition) => follow(producer.send('t', { value, partition })));
    await clock.advance(0);
    expect(transport.arrivals).toHaveLength(3);
    await clock.advance(10_000);
    expect(sent.every(({ metadata }) => metadata !== undefined)).toBe(true);
  });

  it('is given back by failures too', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 100, batchBytes: 100 });
    transport.answer = () => ({ refuse: 'MESSAGE_TOO_LARGE', retriable: false });
    for (let index = 0; index < 5; index += 1) {
      const sent = follow(producer.send('t', { value, partition: 0 }));
      await clock.advance(0);
      expect(sent.error?.kafkaCode).toBe('MESSAGE_TOO_LARGE');
    }
    const lost = follow(producer.send('t', { value, partition: 9 }));
    await clock.advance(0);
    expect(lost.error?.code).toBe('RECORD_INVALID');
    transport.answer = () => 'ack';
    const fine = follow(producer.send('t', { value, partition: 0 }));
    await clock.advance(0);
    expect(fine.metadata?.offset).toBe(0);
  });

  it('whose room comes from a record that failed lets nobody overtake what waits for the number of partitions', async () => {
    const { clock, transport, producer } = benchOf({ maxBufferedBytes: 250, batchBytes: 200 });
    follow(producer.send('t', { value, partition: 9 }));
    follow(producer.send('t', { value: `1${value.slice(1)}`, partition: 0 }));
    follow(producer.send('t', { value: `2${value.slice(1)}`, partition: 0 }));
    await clock.advance(1_000);
    expect(transport.logs.get('t/0')?.map(([first]) => first)).toEqual(['1', '2']);
  });

  it('refuses a record that can never fit', async () => {
    const { clock, producer } = benchOf({ maxBufferedBytes: 100, batchBytes: 100 });
    const sent = follow(producer.send('t', { value: `${value}y`, partition: 0 }));
    await clock.advance(0);
    expect(sent.error).toMatchObject({
      code: 'RECORD_INVALID',
      message: 'the record takes 101 bytes, more than the whole buffer (producer.maxBufferedBytes is 100)',
    });
  });

  it('takes many waiting sends in order', async () => {
    const { clock, producer } = benchOf({ maxBufferedBytes: 1_000, batchBytes: 1_000 });
    const sent = Array.from({ length: 5_000 }, () => follow(producer.send('t', { value, partition: 0 })));
    await clock.advance(0);
    expect(sent.map(({ metadata }) => metadata?.offset)).toEqual(sent.map((_, index) => index));
  });
});
