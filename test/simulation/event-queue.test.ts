import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue, type SimulationEvent } from '../../testing/simulation/event-queue.ts';

/** What the queue promises, in so many words: a list that is searched. */
class PlainQueue {
  events: SimulationEvent[] = [];

  alternatives(): readonly SimulationEvent[] {
    const earliest = Math.min(...this.events.map(({ at }) => at));
    const first = this.events.filter(({ at }) => at === earliest).sort((left, right) => left.sequence - right.sequence);
    return first.filter((event, index) => event.queue === null || first.findIndex(({ queue }) => queue === event.queue) === index);
  }
}

const step = fc.oneof(
  {
    arbitrary: fc.record({ does: fc.constant('push' as const), inMs: fc.nat({ max: 4 }), queue: fc.constantFrom(null, null, 'a', 'b') }),
    weight: 3,
  },
  { arbitrary: fc.record({ does: fc.constant('take' as const), choice: fc.nat({ max: 7 }) }), weight: 2 },
  {
    arbitrary: fc.record({ does: fc.constant('postpone' as const), choice: fc.nat({ max: 7 }), byMs: fc.integer({ min: 1, max: 5 }) }),
    weight: 1,
  },
  { arbitrary: fc.record({ does: fc.constant('cancel' as const), choice: fc.nat({ max: 30 }) }), weight: 1 },
);

describe('EventQueue', () => {
  it('says what may happen next, whatever was taken out of turn, put off or cancelled before', () => {
    let choices = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 200, size: 'max' }), (steps) => {
        const queue = new EventQueue();
        const plain = new PlainQueue();
        let now = 0;
        const without = (event: SimulationEvent): void => void (plain.events = plain.events.filter((each) => each !== event));
        for (const [sequence, each] of steps.entries()) {
          const alternatives = queue.alternatives();
          expect(alternatives.map((event) => event.sequence)).toEqual(plain.alternatives().map((event) => event.sequence));
          if (alternatives.length > 1) choices += 1;
          const chosen = 'choice' in each ? alternatives[each.choice % Math.max(1, alternatives.length)] : undefined;
          switch (each.does) {
            case 'push': {
              const event = { ...eventOf(sequence), at: now + each.inMs, queue: each.queue };
              queue.push(event);
              plain.events.push(event);
              break;
            }
            case 'take':
              if (chosen === undefined) break;
              now = chosen.at;
              queue.remove(chosen);
              without(chosen);
              break;
            case 'postpone':
              // As when the process that it happens in stands still.
              if (chosen === undefined) break;
              queue.remove(chosen);
              chosen.at += each.byMs;
              queue.push(chosen);
              break;
            case 'cancel': {
              const event = plain.events[each.choice];
              if (event === undefined) break;
              queue.cancel(event);
              without(event);
              break;
            }
          }
          expect(queue.size).toBe(plain.events.length);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(choices).toBeGreaterThan(1_000);
  });
});

function eventOf(sequence: number): SimulationEvent {
  return { at: 0, sequence, queue: null, owner: null, what: 'event', content: undefined, silent: false, run: () => {}, cancelled: false };
}
