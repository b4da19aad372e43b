import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KafkaError } from '../src/errors.ts';
import { EXIT } from './exit-status.ts';
import { shellWord } from './shell-word.ts';
import { STARTER_FILES } from './starter-files.ts';

/** Of this package, for tests and generated messages. */
const PEERS = ['vitest', 'fast-check'];

/** Writes a handler, its test and a configuration into the directory; a file that is there stays as it is. */
export async function initCommand(directory: string): Promise<number> {
  const wrote: string[] = [];
  const lines: string[] = [];
  await mkdir(directory, { recursive: true });
  for (const { name, what, text } of STARTER_FILES) {
    const path = join(directory, name);
    const isNew = await writeNew(path, text);
    if (isNew) wrote.push(path);
    lines.push(`  ${isNew ? 'wrote  ' : 'kept   '}  ${path}  ${isNew ? what : 'is there already'}`);
  }
  const missing = await missingPeers();
  const inDirectory = directory === '.' ? '' : ` ${shellWord(join(directory, 'rehearsal.config.ts'))}`;
  lines.push('', wrote.length === 0 ? 'Nothing was written.' : 'Next:');
  if (wrote.length > 0) {
    if (missing.length > 0) lines.push(`  npm install --save-dev ${missing.join(' ')}`);
    lines.push(`  npx vitest run${directory === '.' ? '' : ` ${shellWord(directory)}`}`, `  npx kafka-rehearsal run${inDirectory}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.held;
}

/** False where something is there already. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'EEXIST') return false;
    throw new KafkaError('CONFIG_INVALID', `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** What the project's package.json does not ask for yet. */
async function missingPeers(): Promise<readonly string[]> {
  let manifest: Readonly<Record<string, unknown>> = {};
  try {
    manifest = JSON.parse(await readFile('package.json', 'utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    // No package.json, or none that can be read: then npm will say so.
  }
  const asked = ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((field) =>
    Object.keys((manifest[field] as object | undefined) ?? {}),
  );
  return PEERS.filter((peer) => !asked.includes(peer));
}
