/** Dead letters by handler: of rejected records only, where they belong, with what came. */
import { describe, expect, it } from 'vitest';
import { onePartition, type HistoryBuilder } from './history-builder.ts';

const DEAD = { handlers: [{ topics: ['orders'], deadLetterTopic: 'dead' }] } as const;

function rejected(): HistoryBuilder {
  return onePartition(1, DEAD).contents('6b 76').call('a', 0, 'reject');
}

describe('a dead letter after the commit', () => {
  it('is caught by the core invariant: before its letter is acknowledged a Reject is not done', () => {
    expect(rejected().wrote('a', 'orders/0/0').commit('a', 1, 1).ended().broken()).toEqual([]);
    expect(rejected().commit('a', 1, 1).wrote('a', 'orders/0/0').ended().broken()).toContain('commit-past-open');
  });

  it('is asked for where a record was given up, too', () => {
    const settings = {
      handlers: [{ topics: ['orders'], deadLetterTopic: 'dead', retry: { maxAttempts: 1, onExhausted: 'reject' } }],
    } as const;
    const givenUp = (): HistoryBuilder => onePartition(1, settings).call('a', 0, 'failed');
    expect(givenUp().wrote('a', 'orders/0/0').commit('a', 1, 1).ended().broken()).toEqual([]);
    expect(givenUp().commit('a', 1, 1).ended().broken()).toEqual(['commit-past-open', 'lost-reject', 'unseen']);
  });
});

describe('lost-reject', () => {
  it('does not ask for the letter of a record that retention took before it was written', () => {
    const removed = rejected().add({ kind: 'log-start-moved', topic: 'orders', partition: 0, offset: 1 });
    expect(removed.commit('a', 1, 1).ended().broken([])).toEqual([]);
  });
});

describe('false-letter', () => {
  it('passes a letter of a rejected record with what came, and a pointer with its key', () => {
    expect(rejected().wrote('a', 'orders/0/0').broken()).toEqual([]);
    const sent = (): HistoryBuilder => {
      const history = rejected();
      return history.told(history.send('a', 'orders/0/0'), 'a', 'orders/0/0', 'acknowledged', 0);
    };
    expect(sent().stands('orders/0/0', { content: '6b 76' }).broken()).toEqual([]);
    expect(sent().stands('orders/0/0', { content: '6b -', pointer: true }).broken()).toEqual([]);
    expect(sent().stands('orders/0/0', { content: '6b -' }).broken()).toEqual(['false-letter']);
    expect(sent().stands('orders/0/0', { content: '- -', pointer: true }).broken()).toEqual(['false-letter']);
  });

  it('catches a letter of a record that nobody rejected, and of one that does not exist', () => {
    const consumed = onePartition(1, DEAD).call('a', 0, 'consume').wrote('a', 'orders/0/0');
    expect(consumed.broken()).toEqual(['false-letter']);
    expect(rejected().wrote('a', 'orders/0/0').wrote('a', 'orders/0/7').broken()).toEqual(['false-letter']);
  });

  it('catches a letter in a topic that was not promised', () => {
    const settings = {
      handlers: [
        { topics: ['orders'], deadLetterTopic: 'elsewhere' },
        { topics: ['payments'], deadLetterTopic: 'dead' },
      ],
    };
    expect(onePartition(1, settings).call('a', 0, 'reject').wrote('a', 'orders/0/0').broken()).toEqual(['false-letter']);
  });
});

describe('what the runtime says of a dead letter', () => {
  it('is untrue where nothing was acknowledged', () => {
    const said = {
      kind: 'dead-lettered',
      member: 'a',
      topic: 'orders',
      partition: 0,
      epoch: 1,
      offset: 0,
      attempt: 1,
      target: 'dead',
      targetPartition: 0,
      targetOffset: 0,
      pointer: false,
    } as const;
    const observed = onePartition(1, { ...DEAD, observes: true }).call('a', 0, 'reject');
    expect(observed.wrote('a', 'orders/0/0').observed(said).broken()).toEqual([]);
    expect(
      onePartition(1, { ...DEAD, observes: true })
        .call('a', 0, 'reject')
        .observed(said)
        .broken(),
    ).toEqual(['untrue-observation']);
  });
});
