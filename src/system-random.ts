import type { Random } from './random.ts';

/** The platform's random numbers. */
export const systemRandom: Random = { next: () => Math.random() };
