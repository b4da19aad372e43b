import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRehearsal, type Rehearsal } from '../scenarios/rehearsal.ts';
import { KafkaError } from '../src/errors.ts';

const DEFAULT_NAMES = ['rehearsal.config.ts', 'rehearsal.config.mts', 'rehearsal.config.js', 'rehearsal.config.mjs'];

/** What Node alone cannot load, and jiti can: `./x.js` that is `x.ts`, enums, extensions that it does not know. */
const NOT_FOR_NODE = [
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
];

/** A rehearsal, and the file that it is in. */
export interface LoadedConfig {
  readonly rehearsal: Rehearsal;
  readonly path: string;
}

/** The configuration at `path`, or the one in the working directory; null where none is given and none is there. */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig | null> {
  const found = path ?? DEFAULT_NAMES.find((name) => existsSync(name));
  if (found === undefined) return null;
  const absolute = resolve(found);
  if (!existsSync(absolute)) throw new KafkaError('CONFIG_INVALID', `There is no configuration at ${found}.`);
  const loaded = await load(absolute, found);
  const rehearsal = [loaded['default'], loaded['rehearsal']].find((value) => isRehearsal(value));
  if (rehearsal === undefined) {
    throw new KafkaError(
      'CONFIG_INVALID',
      `${found} exports no rehearsal: expected \`export default defineRehearsal({ handlers, messages })\`, or \`export const rehearsal = …\`.`,
    );
  }
  return { rehearsal, path: found };
}

async function load(absolute: string, shown: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(absolute).href)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    const code = (error as { readonly code?: unknown }).code;
    if (!(typeof code === 'string' && NOT_FOR_NODE.includes(code))) throw cannotLoad(shown, error);
    return loadWithJiti(absolute, shown, error);
  }
}

async function loadWithJiti(absolute: string, shown: string, nodeError: unknown): Promise<Record<string, unknown>> {
  let jiti: typeof import('jiti');
  try {
    jiti = await import('jiti');
  } catch {
    const reason = nodeError instanceof Error ? nodeError.message : String(nodeError);
    throw new KafkaError(
      'PEER_MISSING',
      `${shown} cannot be loaded by Node alone (${firstLine(reason)}). Write imports with their real extension and no enums, or: npm install --save-dev jiti`,
      {
        cause: nodeError,
      },
    );
  }
  try {
    return (await jiti.createJiti(import.meta.url).import(absolute)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    throw cannotLoad(shown, error);
  }
}

function cannotLoad(shown: string, cause: unknown): KafkaError {
  const reason = cause instanceof Error ? `${cause.name}: ${firstLine(cause.message)}` : String(cause);
  return new KafkaError('CONFIG_INVALID', `${shown} cannot be loaded: ${reason}${isTakenForCommonJs(cause) ? COMMONJS_HINT : ''}`, {
    cause,
  });
}

const COMMONJS_HINT =
  '. Node takes it for CommonJS, because the nearest package.json has no "type": "module": say so there (npm pkg set type=module), or name the file .mts, and what it imports as well';

function isTakenForCommonJs(error: unknown): boolean {
  return error instanceof SyntaxError && /import statement outside a module|Unexpected token 'export'/.test(error.message);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
