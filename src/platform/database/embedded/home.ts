import { createHash, randomBytes } from 'node:crypto';
import { chmod, link, lstat, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../kernel/clock.js';
import { runCommand } from './command.js';
import { EmbeddedDataDirError, EmbeddedUserError } from './errors.js';
import type { ServerUser } from './server-user.js';

/** Name of the server's directory inside the data directory. */
const INSIDE = 'postgres';
const POINTER = 'postgres-location.txt';
const PROBE_DEADLINE_MS = 5_000;

/** Others may pass through, so that the server's user reaches its own directory below, and see nothing. */
const PASSABLE = 0o711;
const PRIVATE = 0o700;

/** Where root keeps what another user must reach; the first that can be used. */
const SYSTEM_ROOTS = ['/var/lib/plimsoll', '/var/tmp/plimsoll-root'];

/** The directory of an earlier start: inside `dataDir`, or where its pointer file says. It may not exist yet. */
export async function locateHome(dataDir: string): Promise<string> {
  return (await readPointer(dataDir)) ?? join(dataDir, INSIDE);
}

/**
 * Creates the directory that holds lock, users and cluster, and returns its path. As root, and when `user`
 * cannot reach `dataDir` (a checkout under /root), it lies under /var/lib/plimsoll and `dataDir` points to it.
 * @throws EmbeddedDataDirError DATABASE_EMBEDDED_DATA_DIR
 */
export async function createHome(
  dataDir: string,
  user: ServerUser | undefined,
  clock: Clock,
): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  if (!user) return createDirectory(await locateHome(dataDir), PRIVATE);
  const known = await readPointer(dataDir);
  if (known !== undefined) return createDirectory(known, PASSABLE);
  const inside = join(dataDir, INSIDE);
  if (await isReachable(dataDir, user, clock)) return createDirectory(inside, PASSABLE);
  if (await exists(join(inside, 'cluster'))) {
    throw new EmbeddedDataDirError(inside, `the server's user (uid ${user.uid}) can no longer reach it`);
  }
  return createDirectory(await pointOutside(dataDir, user, clock), PASSABLE);
}

/** Whether `user` may pass into `directory`: asked of the system, since modes alone do not tell (ACLs, mounts). */
export async function isReachable(directory: string, user: ServerUser, clock: Clock): Promise<boolean> {
  const options = { user, clock, deadlineMs: PROBE_DEADLINE_MS };
  const { exitCode, spawnError } = await runCommand(
    '/bin/sh',
    ['-c', 'test -x "$1"', 'sh', directory],
    options,
  );
  if (spawnError) throw new EmbeddedUserError(`switching to uid ${user.uid} failed`, spawnError);
  return exitCode === 0;
}

/** A directory of root's own that `user` can pass through. */
export async function systemRoot(user: ServerUser, clock: Clock): Promise<string> {
  for (const path of SYSTEM_ROOTS) {
    if ((await makeOwn(path)) && (await isReachable(path, user, clock))) return path;
  }
  throw new EmbeddedDataDirError(
    SYSTEM_ROOTS.join(', '),
    `none can be created and reached by uid ${user.uid}`,
  );
}

/** False when the path cannot be made, or is not root's alone: somebody may have put it into /var/tmp. */
async function makeOwn(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: PASSABLE }).catch(ignoreExisting);
    const found = await lstat(path);
    return found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

async function createDirectory(path: string, mode: number): Promise<string> {
  const existed = await exists(path);
  await mkdir(path, { recursive: true });
  // The umask may have taken bits away; a directory of another owner keeps its own.
  if (!existed) await chmod(path, mode);
  return path;
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, POINTER), 'utf8').catch(() => '');
  return text.split('\n')[0]?.trim() || undefined;
}

/** Writes the pointer; of two starts at once the first wins, and both use its directory. */
async function pointOutside(dataDir: string, user: ServerUser, clock: Clock): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 16);
  const suffix = randomBytes(3).toString('hex');
  const outside = join(await systemRoot(user, clock), `${hash}-${suffix}`);
  const draft = join(dataDir, `${POINTER}.${suffix}`);
  await writeFile(draft, describePointer(outside));
  try {
    // A link appears whole and never replaces a file that is there.
    await link(draft, join(dataDir, POINTER)).catch(ignoreExisting);
  } finally {
    await rm(draft, { force: true });
  }
  return (await readPointer(dataDir)) ?? outside;
}

function describePointer(outside: string): string {
  return (
    `${outside}\n\nThe embedded PostgreSQL keeps its data in the directory above: PostgreSQL does not run as root,\n` +
    'and the user it runs as cannot reach this directory. Plimsoll reads the first line at every start.\n' +
    'To begin afresh, stop Plimsoll and remove that directory together with this file.\n'
  );
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
