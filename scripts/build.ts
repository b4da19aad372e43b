/**
 * What is published: declarations by tsc, and the modules bundled into a few files, for importing a hundred small ones
 * costs more time than all they do until the first commit. Nothing is minified; names, comments of licences and stack traces stay.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..');

// Built aside and moved at the end: a build that fails leaves the last one as it is.
const output = join(root, 'node_modules/.cache/kafka-rehearsal-dist');
rmSync(output, { recursive: true, force: true });
// The declarations' compiler checks everything, so a build that ends well is sound.
const declarations = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', output],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (declarations.status !== 0) process.exit(1);

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
};
const published = [
  ...Object.values(manifest.exports).map((entry) => (typeof entry === 'string' ? entry : entry.default)),
  ...Object.values(manifest.bin),
];
const modules = published.filter((path) => path.startsWith('./dist/')).map((path) => path.slice('./dist/'.length).replace(/\.js$/, ''));
const input = Object.fromEntries([...modules, ...loadedByPath()].map((module) => [module, join(root, `${module}.ts`)]));

await build({
  input,
  cwd: root,
  platform: 'node',
  // Dependencies stay imports: the user's package manager decides which copy.
  external: (id) => /^[^./]/.test(id) && !id.startsWith('@oxc-project/runtime/'),
  transform: { target: 'node22.18' },
  output: {
    dir: output,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
  logLevel: 'warn',
});

rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(output, join(root, 'dist'));

/** What is started by its path stays a file of its own, at its own place; see `programFile`. */
function loadedByPath(): readonly string[] {
  const found = new Set<string>();
  for (const file of globSync('{src,testing,scenarios,cli}/**/*.ts', { cwd: root })) {
    for (const [, module = ''] of readFileSync(join(root, file), 'utf8').matchAll(/programFile\('([\w/-]+)'\)/g)) found.add(module);
  }
  return [...found];
}
