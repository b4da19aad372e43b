import type { Clock } from '../clock.ts';
import type { HandlerContext } from '../handler.ts';

/** The runtime's clock as handlers see it. */
export function handlerClock(clock: Clock): HandlerContext['clock'] {
  return {
    now: () => clock.now(),
    sleep: (delayMs, { signal } = {}) => sleep(clock, delayMs, signal),
  };
}

function sleep(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
