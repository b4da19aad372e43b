import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { entries } from './entries.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

const compilers: readonly (readonly [major: string, path: string])[] = [
  ['5.9', 'typescript-5/bin/tsc'],
  ['6', 'typescript-6/bin/tsc'],
  ['7', 'typescript/bin/tsc'],
];

const consumers = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;

let project: string;

/** Compiles `files` of the project and returns the compiler's complaints. */
async function complaints(compiler: string, name: string, options: object, files: readonly string[]): Promise<readonly string[]> {
  const config = {
    compilerOptions: { target: 'es2024', lib: ['es2024', 'esnext.disposable'], strict: true, noEmit: true, types: ['node'], ...options },
    files,
  };
  await writeFile(join(project, `tsconfig.${name}.json`), JSON.stringify(config));
  const output = await run(process.execPath, [join(root, 'node_modules', compiler), '-p', `tsconfig.${name}.json`, '--pretty', 'false'], {
    cwd: project,
  }).catch((error: { stdout: string; stderr: string }) => error);
  return output.stdout.split('\n').filter((line) => line.includes('error TS'));
}

beforeAll(async () => {
  project = inject('withPeers');
  await cp(join(root, 'test/package/fixtures/types'), join(project, 'types'), { recursive: true });
  const imports = entries.map((entry, index) => `export * as entry${index} from '${entry}';`);
  await writeFile(join(project, 'types/all-entries.ts'), `${imports.join('\n')}\n`);
});

describe.for(compilers)('TypeScript %s', ([major, compiler]) => {
  test.for(Object.entries(consumers))('handlers in a %s project', async ([name, options]) => {
    const found = await complaints(compiler, `${major}-${name}`, { ...options, skipLibCheck: true }, ['types/handlers.ts']);
    expect(found).toEqual([]);
  });

  test('our declarations hold by themselves', async () => {
    const options = { ...consumers.nodenext, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    const found = await complaints(compiler, `${major}-declarations`, options, ['types/all-entries.ts']);
    // Other packages' declarations are theirs to mend.
    expect(found.filter((line) => line.startsWith('node_modules/kafka-rehearsal/') || line.startsWith('types/'))).toEqual([]);
  });
});
