import { expect, test } from 'vitest';
import { CallGate, CallGates } from '../../src/consumer/call-gate.ts';
import type { GateVisitor } from '../../src/consumer/call-gate.ts';
import { TokenBucket } from '../../src/consumer/token-bucket.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Visitors that remember in which order they were called. */
function visitors(names: string): { readonly called: string[]; readonly of: (name: string) => GateVisitor } {
  const called: string[] = [];
  const all = new Map(names.split('').map((name) => [name, { gateOpened: () => void called.push(name) }]));
  return { called, of: (name) => all.get(name) as GateVisitor };
}

test('who was called and does not come any more holds nobody up', () => {
  const { called, of } = visitors('abc');
  const gates = new CallGates([new CallGate(new ManualClock(), { concurrency: 1, bucket: null })]);
  expect(['a', 'b', 'c'].map((name) => gates.enter(of(name), 1))).toEqual([1, 0, 0]);
  gates.leave();
  expect(called).toEqual(['b']);
  expect(gates.enter(of('c'), 1)).toBe(0);
  gates.forget(of('b'));
  expect(called).toEqual(['b', 'c']);
  expect(gates.enter(of('c'), 1)).toBe(1);
});

test('who leaves the line is not called', () => {
  const { called, of } = visitors('abc');
  const gates = new CallGates([new CallGate(new ManualClock(), { concurrency: 1, bucket: null })]);
  for (const name of 'abc') gates.enter(of(name), 1);
  gates.forget(of('b'));
  gates.leave();
  expect(called).toEqual(['c']);
});

test('one that stands at the second gate holds no place at the first', () => {
  const { called, of } = visitors('abx');
  const clock = new ManualClock();
  const [own, shared] = [1, 2].map((concurrency) => new CallGate(clock, { concurrency, bucket: null })) as [CallGate, CallGate];
  const [gates, others] = [new CallGates([own, shared]), new CallGates([shared])];
  others.enter(of('x'), 1);
  others.enter(of('x'), 1);
  expect(gates.enter(of('a'), 1)).toBe(0);
  gates.turnOver(of('a'));
  expect(gates.enter(of('b'), 1)).toBe(0);
  gates.turnOver(of('b'));
  expect(called).toEqual([]);
  others.leave();
  expect(called).toEqual(['a']);
  expect([gates.enter(of('a'), 1), gates.enter(of('b'), 1)]).toEqual([1, 0]);
  gates.leave();
  expect(new Set(called)).toEqual(new Set(['a', 'b']));
  expect(gates.enter(of('b'), 1)).toBe(1);
});

test('so many records are waited for as one wants, at most the burst; who wants more by then gets what there is', async () => {
  const { called, of } = visitors('ab');
  const clock = new ManualClock();
  const bucket = new TokenBucket({ recordsPerSecond: 10, burst: 5 }, clock.now());
  const gates = new CallGates([new CallGate(clock, { concurrency: null, bucket })]);
  expect([gates.mostAtOnce, gates.enter(of('a'), 9)]).toEqual([5, 5]);
  expect(gates.enter(of('a'), 2)).toBe(0);
  gates.turnOver(of('a'));
  await clock.advance(199);
  expect(called).toEqual([]);
  await clock.advance(1);
  expect(called).toEqual(['a']);
  expect(gates.enter(of('b'), 1)).toBe(0);
  expect(gates.enter(of('a'), 4)).toBe(2);
  gates.turnOver(of('a'));
  await clock.advance(100);
  expect([called, gates.enter(of('b'), 1)]).toEqual([['a', 'b'], 1]);
});

test('whoever comes first of the line decides when: one that waits for less does not wait for one that left', async () => {
  const { called, of } = visitors('ab');
  const clock = new ManualClock();
  const bucket = new TokenBucket({ recordsPerSecond: 10, burst: 5 }, clock.now());
  const gates = new CallGates([new CallGate(clock, { concurrency: null, bucket })]);
  gates.enter(of('a'), 5);
  gates.enter(of('a'), 5);
  gates.turnOver(of('a'));
  gates.enter(of('b'), 1);
  gates.turnOver(of('b'));
  gates.forget(of('a'));
  await clock.advance(100);
  expect(called).toEqual(['b']);
});

test('a gate that is closed calls nobody, and leaves no timer', async () => {
  const { called, of } = visitors('ab');
  const clock = new ManualClock();
  const gate = new CallGate(clock, { concurrency: 1, bucket: new TokenBucket({ recordsPerSecond: 10, burst: 1 }, clock.now()) });
  const gates = new CallGates([gate]);
  gates.enter(of('a'), 1);
  gates.leave();
  gates.enter(of('b'), 1);
  gates.turnOver(of('b'));
  expect(clock.timerCount).toBe(1);
  gate.close();
  expect(clock.timerCount).toBe(0);
  await clock.advance(1_000);
  gates.leave();
  expect(called).toEqual([]);
});

test('one that would get less than it wants, and was not called, gets nothing and waits', () => {
  const { of } = visitors('ab');
  const clock = new ManualClock();
  const bucket = new TokenBucket({ recordsPerSecond: 10, burst: 5 }, clock.now());
  const gates = new CallGates([new CallGate(clock, { concurrency: null, bucket })]);
  expect([gates.enter(of('a'), 3), gates.enter(of('b'), 4)]).toEqual([3, 0]);
});

test('so many may begin at once as the narrowest of the gates lets through', () => {
  const clock = new ManualClock();
  const gateOf = (burst: number): CallGate =>
    new CallGate(clock, { concurrency: null, bucket: new TokenBucket({ recordsPerSecond: 10, burst }, clock.now()) });
  expect(new CallGates([gateOf(5), gateOf(3)]).mostAtOnce).toBe(3);
  expect(new CallGates([gateOf(3), gateOf(5)]).mostAtOnce).toBe(3);
});

test('what is in the bucket is for whoever was called: nobody else is called for it before that turn is over', async () => {
  const { called, of } = visitors('abx');
  const clock = new ManualClock();
  const bucket = new TokenBucket({ recordsPerSecond: 10, burst: 3 }, clock.now());
  const gates = new CallGates([new CallGate(clock, { concurrency: null, bucket })]);
  expect([gates.enter(of('x'), 3), gates.enter(of('a'), 3), gates.enter(of('b'), 1)]).toEqual([3, 0, 0]);
  gates.turnOver(of('x'));
  await clock.advance(300);
  expect(called).toEqual(['a']);
  gates.leave();
  expect(called).toEqual(['a']);
  expect(gates.enter(of('a'), 3)).toBe(3);
});

test('one that was called at its own gate keeps that turn while it stands in line at the shared one', () => {
  const { called, of } = visitors('abcx');
  const clock = new ManualClock();
  const [own, shared] = [1, 1].map((concurrency) => new CallGate(clock, { concurrency, bucket: null })) as [CallGate, CallGate];
  const [gates, others] = [new CallGates([own, shared]), new CallGates([shared])];
  expect(['a', 'b', 'c'].map((name) => gates.enter(of(name), 1))).toEqual([1, 0, 0]);
  expect(others.enter(of('x'), 1)).toBe(0);
  gates.leave();
  expect(called).toEqual(['b', 'x']);
  expect([gates.enter(of('b'), 1), others.enter(of('x'), 1)]).toEqual([0, 1]);
  gates.turnOver(of('b'));
  expect(called).toEqual(['b', 'x']);
  expect(gates.enter(of('c'), 1)).toBe(0);
  others.leave();
  expect(called).toEqual(['b', 'x', 'b']);
  expect(gates.enter(of('b'), 1)).toBe(1);
});

test('the time until the next token is waited for once, not looked at every millisecond', async () => {
  const { called, of } = visitors('ab');
  const clock = new ManualClock();
  const waits: number[] = [];
  const watched = Object.assign(Object.create(clock) as ManualClock, {
    now: () => clock.now(),
    setTimer: (delayMs: number, callback: () => void) => (waits.push(delayMs), clock.setTimer(delayMs, callback)),
  });
  const bucket = new TokenBucket({ recordsPerSecond: 10, burst: 1 }, clock.now());
  const gates = new CallGates([new CallGate(watched, { concurrency: null, bucket })]);
  expect([gates.enter(of('a'), 1), gates.enter(of('b'), 1)]).toEqual([1, 0]);
  gates.turnOver(of('b'));
  await clock.advance(100);
  expect([waits, called]).toEqual([[100], ['b']]);
});
