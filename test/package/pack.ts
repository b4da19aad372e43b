import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed tarball. */
    tarball: string;
    /** A project with the package and its dependencies in node_modules, and no optional peer. */
    withoutPeers: string;
    /** The same with every optional peer. */
    withPeers: string;
  }
}

interface LockEntry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Builds, packs, and lays two projects out without asking a registry, so that these checks run offline. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-package-'));
  await run('npm', ['run', 'build'], { cwd: root });
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', directory], { cwd: root });
  const tarball = join(directory, packedFileName(JSON.parse(packed.stdout)));

  const lockfile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockEntry> };
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as LockEntry;
  const dependencies = Object.keys(manifest.dependencies ?? {});
  const peers = Object.keys(manifest.peerDependencies ?? {});
  const lay = async (name: string, wanted: readonly string[]): Promise<string> => {
    const target = join(directory, name);
    const installed = join(target, 'node_modules/kafka-rehearsal');
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
    await writeFile(join(target, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
    for (const path of closure(lockfile.packages, wanted)) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await cp(join(root, path), join(target, path), {
        recursive: true,
        filter: (source) => source === join(root, path) || !nested(source, join(root, path)),
      });
    }
    return target;
  };
  project.provide('tarball', tarball);
  project.provide('withoutPeers', await lay('without-peers', dependencies));
  project.provide('withPeers', await lay('with-peers', [...dependencies, ...peers, '@types/node']));
  return () => rm(directory, { recursive: true, force: true });
}

/** npm prints an array of packages, newer versions an object by name. */
function packedFileName(output: unknown): string {
  const [entry] = Object.values(output as Readonly<Record<string, { readonly filename: string }>>);
  if (entry === undefined) throw new Error('npm pack named no file');
  return entry.filename;
}

/** A package's own nested node_modules are listed in the lock file themselves. */
function nested(path: string, parent: string): boolean {
  return path.slice(parent.length).startsWith('/node_modules');
}

/** Paths in node_modules of everything that the named packages need, as npm resolved them. */
function closure(packages: Readonly<Record<string, LockEntry>>, names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    let base = from;
    for (;;) {
      const path = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
      const entry = packages[path];
      if (entry !== undefined) {
        if (found.has(path)) return;
        // The optional ones of other platforms are in the lock file and not here.
        if (!existsSync(join(root, path))) return;
        found.add(path);
        for (const dependency of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) visit(dependency, path);
        for (const peer of Object.keys(entry.peerDependencies ?? {})) {
          if (entry.peerDependenciesMeta?.[peer]?.optional !== true) visit(peer, path);
        }
        return;
      }
      if (base === '') return;
      const parent = base.lastIndexOf('/node_modules/');
      base = parent < 0 ? '' : base.slice(0, parent);
    }
  };
  for (const name of names) visit(name, '');
  return found;
}
