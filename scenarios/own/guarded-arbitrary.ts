import type { Arbitrary, Random, Stream, Value } from 'fast-check';
import type { FastCheckModule } from '../load-fast-check.ts';

/** The same arbitrary; what it throws goes through `explain`. */
export function guarded<T>(fc: FastCheckModule, inner: Arbitrary<T>, explain: (error: unknown) => Error): Arbitrary<T> {
  const attempt = <Result>(what: () => Result): Result => {
    try {
      return what();
    } catch (error) {
      throw explain(error);
    }
  };
  class Guarded extends fc.Arbitrary<T> {
    override generate(random: Random, biasFactor: number | undefined): Value<T> {
      return attempt(() => inner.generate(random, biasFactor));
    }

    override canShrinkWithoutContext(value: unknown): value is T {
      return inner.canShrinkWithoutContext(value);
    }

    override shrink(value: T, context: unknown): Stream<Value<T>> {
      return attempt(() => inner.shrink(value, context));
    }
  }
  return new Guarded();
}
