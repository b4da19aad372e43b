/**
 * Time and chance of the platform, made virtual for handlers that cannot take a clock: `setTimeout`, `setInterval`,
 * `setImmediate` and their opposites, also by `node:timers`; `setTimeout` and `setImmediate` of `node:timers/promises`;
 * `Date`, `Math.random`, `crypto.getRandomValues`, `crypto.randomUUID`. Only for code that belongs to a handler's call,
 * through whatever it awaits: everything else in the process (the test runner, two simulations at once) keeps its own.
 *
 * Holes: `AbortSignal.timeout`, `performance.now`, `process.hrtime`, the scheduler of `node:timers/promises`, `randomBytes`
 * and everything else of `node:crypto`; what was captured before (`const { now } = Date`, a named import from a CommonJS
 * module) and an `instanceof Date` of a Date that was made outside; real I/O, which takes its own time.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Timer } from '../../src/clock.ts';
import { KafkaError } from '../../src/errors.ts';
import { currentCall, followCalls, type CurrentCall } from './current-call.ts';

const require = createRequire(import.meta.url);

type Callback = (...parameters: unknown[]) => void;
type Patched = Record<string, unknown>;

/** What a handler gets from `setTimeout`. */
class VirtualTimer {
  readonly #cancel: () => void;

  constructor(cancel: () => void) {
    this.#cancel = cancel;
  }

  cancel(): void {
    this.#cancel();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}

let users = 0;
let undo: (() => void) | null = null;

/** Until the answer is called as often as this. Throws SCENARIO_INVALID where somebody else has replaced the timers: two fakes would fight. */
export function virtualizeGlobals(): () => void {
  if (users === 0) undo = patch();
  users += 1;
  const stopFollowing = followCalls();
  let over = false;
  return () => {
    if (over) return;
    over = true;
    stopFollowing();
    users -= 1;
    if (users > 0) return;
    undo?.();
    undo = null;
  };
}

function patch(): () => void {
  if ('clock' in globalThis.setTimeout) {
    throw new KafkaError(
      'SCENARIO_INVALID',
      'The timers of this process are fake already (vi.useFakeTimers or the like); use one of the two',
    );
  }
  const timers = require('node:timers') as Patched;
  const promises = require('node:timers/promises') as Patched;
  const replaced: (() => void)[] = [];
  const replace = (target: Patched, name: string, make: (real: never) => unknown): void => {
    const real = target[name];
    target[name] = make(real as never);
    replaced.push(() => {
      target[name] = real;
    });
  };
  for (const target of [globalThis as unknown as Patched, timers]) {
    replace(target, 'setTimeout', (real: Callback) =>
      forCalls(real, (call, [run, ms, ...rest]) => later(call, run as Callback, Number(ms ?? 0), rest)),
    );
    replace(target, 'setImmediate', (real: Callback) => forCalls(real, (call, [run, ...rest]) => later(call, run as Callback, 0, rest)));
    replace(target, 'setInterval', (real: Callback) =>
      forCalls(real, (call, [run, ms, ...rest]) => again(call, run as Callback, Number(ms ?? 0), rest)),
    );
    for (const name of ['clearTimeout', 'clearImmediate', 'clearInterval']) {
      replace(target, name, (real: Callback) => (timer: unknown) => (timer instanceof VirtualTimer ? timer.cancel() : real(timer)));
    }
  }
  replace(promises, 'setTimeout', (real: Callback) => forCalls(real, (call, [ms, value]) => sleep(call, Number(ms ?? 0), value)));
  replace(promises, 'setImmediate', (real: Callback) => forCalls(real, (call, [value]) => sleep(call, 0, value)));
  replace(globalThis as unknown as Patched, 'Date', virtualDate);
  replace(Math as unknown as Patched, 'random', (real: () => number) => () => currentCall()?.random.next() ?? real());
  replace(crypto as unknown as Patched, 'getRandomValues', (real: (into: ArrayBufferView) => unknown) => (into: ArrayBufferView) => {
    const call = currentCall();
    return call === null ? real.call(crypto, into) : fill(into, call);
  });
  replace(crypto as unknown as Patched, 'randomUUID', (real: () => string) => () => {
    const call = currentCall();
    return call === null ? real.call(crypto) : uuid(call);
  });
  syncBuiltinESMExports();
  return () => {
    for (const restore of replaced) restore();
    syncBuiltinESMExports();
  };
}

/** The virtual one within a call, else the real one. */
function forCalls(
  real: Callback,
  virtual: (call: CurrentCall, parameters: readonly unknown[]) => unknown,
): (...parameters: unknown[]) => unknown {
  return Object.assign((...parameters: unknown[]): unknown => {
    const call = currentCall();
    return call === null ? real(...parameters) : virtual(call, parameters);
  }, real);
}

function later(call: CurrentCall, run: Callback, ms: number, parameters: readonly unknown[]): VirtualTimer {
  let waits = true;
  const stopWaiting = (): void => {
    if (waits) call.waitFor(-1);
    waits = false;
  };
  call.waitFor(1);
  const timer = call.clock.setTimer(delayOf(ms), () => {
    run(...parameters);
    stopWaiting();
  });
  return new VirtualTimer(() => {
    timer.cancel();
    stopWaiting();
  });
}

/** As long as it is not cleared, time may pass: the call waits for it. */
function again(call: CurrentCall, run: Callback, ms: number, parameters: readonly unknown[]): VirtualTimer {
  let timer: Timer;
  let over = false;
  call.waitFor(1);
  const next = (): void => {
    timer = call.clock.setTimer(Math.max(1, delayOf(ms)), () => {
      run(...parameters);
      if (!over) next();
    });
  };
  next();
  return new VirtualTimer(() => {
    timer.cancel();
    if (!over) call.waitFor(-1);
    over = true;
  });
}

function sleep(call: CurrentCall, ms: number, value: unknown): Promise<unknown> {
  return new Promise((resolve) => void later(call, () => resolve(value), ms, []));
}

/** As Node does: what is no delay is one millisecond at most. */
function delayOf(ms: number): number {
  return ms >= 0 && ms <= 2_147_483_647 ? ms : 1;
}

function virtualDate(real: DateConstructor): DateConstructor {
  const now = (): number => currentCall()?.clock.now() ?? real.now();
  return new Proxy(real, {
    construct: (target, parameters: [], newTarget) =>
      Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, newTarget) as object,
    apply: () => new real(now()).toString(),
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
}

function fill<View extends ArrayBufferView>(into: View, { random }: CurrentCall): View {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.floor(random.next() * 256);
  return into;
}

function uuid(call: CurrentCall): string {
  const bytes = fill(new Uint8Array(16), call);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
