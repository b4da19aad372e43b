import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { exports: Record<string, unknown> };

/** The entries as a user writes them. */
export const entries: readonly string[] = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => entry.replace(/^\./, 'kafka-rehearsal'));

/** Entries that cannot be loaded without an optional peer, and the peer that they miss first. README and usage page say the same. */
export const peerOf: Readonly<Record<string, string>> = {
  'kafka-rehearsal/vitest': 'vitest',
};
