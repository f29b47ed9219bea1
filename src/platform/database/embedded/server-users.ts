import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/**
 * Who uses the server of a data directory: one file per user, so that only the last one to leave stops it.
 * Files of processes that were killed do not count. Call only under the directory's lock.
 */
export class ServerUsers {
  private readonly fileName = `${process.pid}-${randomBytes(6).toString('hex')}.json`;

  constructor(private readonly directory: string) {}

  /** Registers this user; repeating it changes nothing. */
  async join(): Promise<void> {
    const self = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
    await mkdir(this.directory, { recursive: true });
    await writeFile(join(this.directory, this.fileName), JSON.stringify(self));
  }

  /** Removes this user and every dead one. Returns how many living users are left. */
  async leave(): Promise<number> {
    await rm(join(this.directory, this.fileName), { force: true });
    let living = 0;
    for (const name of await readdir(this.directory).catch(() => [] as string[])) {
      const path = join(this.directory, name);
      if (isAlive(await readIdentity(path))) living += 1;
      else await rm(path, { force: true });
    }
    return living;
  }
}

/** A file cut short by a crash reads as a process that cannot be alive. */
async function readIdentity(path: string): Promise<ProcessIdentity> {
  try {
    const { pid, startedAt } = JSON.parse(await readFile(path, 'utf8')) as Partial<ProcessIdentity>;
    return { pid: Number(pid), startedAt: String(startedAt) };
  } catch {
    return { pid: 0, startedAt: '' };
  }
}
