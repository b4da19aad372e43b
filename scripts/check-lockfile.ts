/** A lock file with `resolved` addresses ties every install to the registry of whoever wrote it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly link?: boolean }>>;
}

const path = join(import.meta.dirname, '../package-lock.json');
const lockfile = JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
const tied = Object.entries(lockfile.packages).filter(([, entry]) => entry.resolved !== undefined && entry.link !== true);
if (tied.length > 0) {
  console.error(`package-lock.json: ${tied.length} packages have a "resolved" address, such as ${tied[0]?.[0]}.`);
  console.error('Remove them: npm install --omit-lockfile-registry-resolved (set in .npmrc; needs npm 8.17 or newer).');
  process.exitCode = 1;
} else {
  console.log('package-lock.json: no resolved addresses');
}
