import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../../kernel/clock.js';
import { EmbeddedBusyError } from './errors.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

const POLL_MS = 50;

/**
 * A lock between processes that survives SIGKILL of its holder.
 *
 * The lock is a directory that holds one file, named after its owner. Taking it renames a prepared directory
 * into place, which the system refuses while the target is not empty: so it appears with its owner or not at
 * all. Whoever finds a dead owner removes that one file by its unique name and tries again; two who do so at
 * once cannot remove a third, living owner.
 */
export class DirectoryLock {
  constructor(
    private readonly path: string,
    private readonly clock: Clock,
    private readonly deadlineMs: number,
  ) {}

  /**
   * Runs `work` alone.
   * @throws EmbeddedBusyError DATABASE_EMBEDDED_BUSY when the lock is not free within the deadline
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const ownerFile = await this.take();
    try {
      return await work();
    } finally {
      await rm(join(this.path, ownerFile), { force: true });
      // Another process may have renamed its own directory over the empty one: then this is not ours to remove.
      await rmdir(this.path).catch(() => undefined);
    }
  }

  private async take(): Promise<string> {
    const ownerFile = ownerFileName();
    const prepared = `${this.path}.${ownerFile}`;
    const startedAt = this.clock.monotonic();
    await mkdir(prepared, { recursive: true });
    await writeFile(join(prepared, ownerFile), '');
    try {
      while (!(await this.tryRename(prepared))) {
        const holder = await this.removeDeadHolder();
        const waitedMs = Math.round(this.clock.monotonic() - startedAt);
        if (waitedMs > this.deadlineMs) throw new EmbeddedBusyError(this.path, holder?.pid, waitedMs);
        if (holder) await this.clock.sleep(POLL_MS);
      }
      return ownerFile;
    } catch (error) {
      await rm(prepared, { recursive: true, force: true });
      throw error;
    }
  }

  private async tryRename(prepared: string): Promise<boolean> {
    try {
      await rename(prepared, this.path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      if (code !== 'EPERM' || process.platform !== 'win32') throw error;
      // Windows never renames onto a directory, not even an empty one.
      await rmdir(this.path).catch(() => undefined);
      return false;
    }
  }

  /** The living holder; a dead one is removed, and undefined comes back: try at once. */
  private async removeDeadHolder(): Promise<ProcessIdentity | undefined> {
    const [ownerFile] = await readdir(this.path).catch(() => [] as string[]);
    if (ownerFile === undefined) return undefined;
    const holder = parseOwner(ownerFile);
    if (isAlive(holder)) return holder;
    await unlink(join(this.path, ownerFile)).catch(() => undefined);
    await this.removeDeadPreparations();
    return undefined;
  }

  /** What processes left that were killed between preparing and renaming. */
  private async removeDeadPreparations(): Promise<void> {
    const prefix = `${basename(this.path)}.`;
    for (const name of await readdir(dirname(this.path))) {
      if (!name.startsWith(prefix) || isAlive(parseOwner(name.slice(prefix.length)))) continue;
      await rm(join(dirname(this.path), name), { recursive: true, force: true });
    }
  }
}

/** pid_start_random; the start is made safe for a file name. */
function ownerFileName(): string {
  const startedAt = identify(process.pid)?.startedAt ?? '';
  return [process.pid, Buffer.from(startedAt).toString('hex'), randomBytes(6).toString('hex')].join('_');
}

function parseOwner(fileName: string): ProcessIdentity {
  const [pid = '', startedAt = ''] = fileName.split('_');
  return { pid: Number(pid), startedAt: Buffer.from(startedAt, 'hex').toString() };
}
