import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KafkaError } from '../src/errors.ts';
import { EXIT } from './exit-status.ts';
import { shellWord } from './shell-word.ts';
import { starterFiles, type StarterExtension } from './starter-files.ts';

/** Of this package, for tests and generated messages. */
const PEERS = ['vitest', 'fast-check'];

/** Writes a handler, its test and a configuration into the directory; a file that is there stays as it is. */
export async function initCommand(directory: string): Promise<number> {
  let hasWritten = false;
  await makeDirectory(directory);
  const extension = await extensionFor(directory);
  const files = starterFiles(extension).map(({ name, what, text }) => ({ path: join(directory, name), what, text }));
  const width = Math.max(...files.map(({ path }) => path.length));
  const lines: string[] = [];
  for (const { path, what, text } of files) {
    const isNew = await writeNew(path, text);
    hasWritten ||= isNew;
    lines.push(`  ${isNew ? 'wrote' : 'kept '}  ${path.padEnd(width)}  ${isNew ? what : 'is there already'}`);
  }
  lines.push('', ...(hasWritten ? ['Next:', ...(await nextSteps(directory, extension))] : ['Nothing was written.']));
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.held;
}

async function nextSteps(directory: string, extension: StarterExtension): Promise<readonly string[]> {
  const missing = await missingPeers();
  const isHere = directory === '.';
  return [
    ...(missing.length > 0 ? [`  npm install --save-dev ${missing.join(' ')}`] : []),
    `  npx vitest run${isHere ? '' : ` ${shellWord(directory)}`}`,
    `  npx kafka-rehearsal run${isHere ? '' : ` ${shellWord(join(directory, `rehearsal.config.${extension}`))}`}`,
    ...((await refusesTsImports())
      ? [`  in tsconfig.json: "rewriteRelativeImportExtensions": true, so that tsc takes imports that end in .${extension}`]
      : []),
  ];
}

/** Without `"type": "module"` in the nearest package.json Node takes a `.ts` file for CommonJS, or says that it had to guess. */
async function extensionFor(directory: string): Promise<StarterExtension> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const manifest = await readManifest(join(at, 'package.json'));
    if (manifest !== null) return manifest['type'] === 'module' ? 'ts' : 'mts';
    if (dirname(at) === at) return 'mts';
  }
}

/** TypeScript takes `./x.ts` in an import only where it is told to. What a configuration extends is not looked at. */
async function refusesTsImports(): Promise<boolean> {
  const text = await readFile('tsconfig.json', 'utf8').catch(() => null);
  return text !== null && !/"(allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(text);
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KafkaError('CONFIG_INVALID', `${directory} is no directory that can be written: ${why}`, { cause });
  }
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
  const manifest = (await readManifest('package.json')) ?? {};
  const asked = ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((field) =>
    Object.keys((manifest[field] as object | undefined) ?? {}),
  );
  return PEERS.filter((peer) => !asked.includes(peer));
}

/** Null where there is none, or none that can be read: then npm will say so. */
async function readManifest(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
