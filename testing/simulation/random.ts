import type { Random } from '../../src/random.ts';

/**
 * What a random stream is for. One stream per purpose, so that one more draw in one of them shifts nothing in the others.
 */
export type RandomPurpose = 'workload' | 'latency' | 'jitter';

const TWO_TO_32 = 4_294_967_296;

/** Mixes the parts into 32 bits: the same parts always give the same number. The finisher is that of MurmurHash3. */
export function hashOf(...parts: readonly (number | string)[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    if (typeof part === 'string') {
      for (let index = 0; index < part.length; index += 1) hash = mixInto(hash, part.charCodeAt(index));
      hash = mixInto(hash, 0xff00 + part.length);
    } else {
      hash = mixInto(hash, part >>> 0);
      if (part > 0xffffffff || part < 0) hash = mixInto(hash, Math.floor(part / TWO_TO_32) >>> 0);
    }
  }
  return finish(hash);
}

/** A stream of its own for this seed, purpose and name (a member's, for example): xoshiro128** seeded by splitmix32. */
export function randomStream(seed: number, purpose: RandomPurpose, name = ''): Random {
  let state = hashOf(seed, purpose, name);
  const next32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return finish(state);
  };
  let a = next32();
  let b = next32();
  let c = next32();
  let d = next32() | 1;
  return {
    next() {
      const product = Math.imul(b, 5);
      const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return result / TWO_TO_32;
    },
  };
}

function mixInto(hash: number, value: number): number {
  let mixed = Math.imul(value, 0xcc9e2d51);
  mixed = (mixed << 15) | (mixed >>> 17);
  mixed = Math.imul(mixed, 0x1b873593);
  const joined = hash ^ mixed;
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
