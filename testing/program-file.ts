import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { KafkaError } from '../src/errors.ts';

/** From a bundled chunk or from the sources, the package's root is never farther up. */
const MAX_LEVELS = 4;

/**
 * A module that is started or loaded by its path, as workers and child processes are: `scenarios/campaign/worker`, from the
 * package's root, without an ending. The caller may have been bundled to anywhere, so that a path beside it would mislead.
 * The build looks for the calls of this function, and keeps each such module a file of its own.
 */
export function programFile(module: string): URL {
  const here = fileURLToPath(import.meta.url);
  const path = here.endsWith('.ts') ? `${module}.ts` : `dist/${module}.js`;
  let directory = dirname(here);
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    if (existsSync(join(directory, 'package.json'))) return pathToFileURL(join(directory, path));
    directory = dirname(directory);
  }
  throw new KafkaError(
    'UNSUPPORTED',
    `${path} of kafka-rehearsal cannot be found from ${here}: was the package bundled into another file?`,
  );
}
