/** What fast-check draws from; the interface of pure-rand's generators. */
export interface RandomGenerator {
  clone(): RandomGenerator;
  /** From −2^31 to 2^31 − 1, evenly. */
  next(): number;
  getState(): readonly number[];
}

/** sfc32 (Doty-Humphrey's small fast counter): a stream of its own for these 64 bits, at no cost to begin. */
export function seededGenerator(first: number, second: number): RandomGenerator {
  const generator = fromState(first | 0, second | 0, 0x9e3779b9 | 0, 1);
  // The first ones still show the seed.
  for (let round = 0; round < 12; round += 1) generator.next();
  return generator;
}

function fromState(a: number, b: number, c: number, counter: number): RandomGenerator {
  return {
    clone: () => fromState(a, b, c, counter),
    next() {
      const sum = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      return sum;
    },
    getState: () => [a, b, c, counter],
  };
}
