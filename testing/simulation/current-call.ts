import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../src/clock.ts';
import type { Random } from '../../src/random.ts';

/** The handler call that the running code belongs to, through whatever it awaits. */
export interface CurrentCall {
  /** Topics of the handler. */
  readonly handler: string;
  /** `topic/partition/offset` of the record. */
  readonly record: string;
  /** Time and chance of the process that it runs in. */
  readonly clock: Clock;
  readonly random: Random;
  /** It waits for one more (1) or one less (−1) thing that the simulation controls. */
  waitFor(change: 1 | -1): void;
}

const calls = new AsyncLocalStorage<CurrentCall>();
let askers = 0;

/** Null outside of every call, and where nobody has asked to be told. */
export function currentCall(): CurrentCall | null {
  return calls.getStore() ?? null;
}

/** From now on calls are followed, which costs time; until the answer is called. */
export function followCalls(): () => void {
  askers += 1;
  let over = false;
  return () => {
    if (!over) askers -= 1;
    over = true;
  };
}

/** Runs the work as part of a handler's call, where somebody follows calls. */
export function withinCall<Value>(call: () => CurrentCall, work: () => Value): Value {
  return askers === 0 ? work() : calls.run(call(), work);
}
