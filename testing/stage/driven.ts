import type { UntilOptions, Venue } from '../venue.ts';

/** Awaits a promise of something that happens in the venue, letting the venue run meanwhile. */
export async function driven<T>(venue: Venue, promise: Promise<T>, options: UntilOptions): Promise<T> {
  const outcome: { settled: boolean } = { settled: false };
  const settle = (): void => {
    outcome.settled = true;
  };
  promise.then(settle, settle);
  await venue.until(() => outcome.settled, options);
  return promise;
}
