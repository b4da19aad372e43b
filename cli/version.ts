import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'kafka-rehearsal';
/** From a bundled chunk or from the sources, the manifest is never farther up. */
const MAX_LEVELS = 4;

/** As package.json has it, wherever this file was built to. */
export function packageVersion(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const path = join(directory, 'package.json');
    if (existsSync(path)) {
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: string; readonly version?: string };
      if (manifest.name === NAME && manifest.version !== undefined) return manifest.version;
    }
    directory = dirname(directory);
  }
  return 'unknown';
}
