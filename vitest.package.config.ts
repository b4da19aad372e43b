import { defineConfig } from 'vitest/config';

/** Checks of the packed tarball, as a user would install it. Apart from the tests: they build, pack and install. */
export default defineConfig({
  test: {
    name: 'package',
    include: ['test/package/**/*.package.test.ts'],
    globalSetup: ['./test/package/pack.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
