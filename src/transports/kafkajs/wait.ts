import type { Clock } from '../../clock.ts';

export function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}

/** Settles as `promise` does, or resolves with `fallback` once `limitMs` is over. */
export async function within<Value, Fallback>(
  clock: Clock,
  limitMs: number,
  promise: Promise<Value>,
  fallback: Fallback,
): Promise<Value | Fallback> {
  const limit = Promise.withResolvers<Fallback>();
  const timer = clock.setTimer(limitMs, () => limit.resolve(fallback));
  try {
    return await Promise.race([promise, limit.promise]);
  } finally {
    timer.cancel();
  }
}
