import { expect } from 'vitest';
import { matchers } from '../matchers/matchers.ts';
import type { StageMatchers } from '../matchers/matchers.ts';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends StageMatchers<R> {}
}

expect.extend({ ...matchers });
