import { readFile, stat } from 'node:fs/promises';
import { EmbeddedUserError } from './errors.js';

/** The system user the server runs as when this process is root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** Whether this process is root, as which PostgreSQL refuses to run. Never true on Windows. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Whom to run the server as: undefined (this user), or as root the owner of the existing data, else the first
 * of postgres and nobody that this machine has.
 * @throws EmbeddedUserError DATABASE_EMBEDDED_NO_USER
 */
export async function chooseServerUser(existingDataDir: string): Promise<ServerUser | undefined> {
  if (!isRoot()) return undefined;
  const owner = await stat(existingDataDir).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = findUser(await readFile('/etc/passwd', 'utf8').catch(() => ''), CANDIDATES);
  if (!user) throw new EmbeddedUserError(`/etc/passwd has none of the users ${CANDIDATES.join(', ')}`);
  return user;
}

/** The first of `names` in a passwd(5) text; root's ids do not count. */
export function findUser(passwd: string, names: readonly string[]): ServerUser | undefined {
  const lines = passwd.split('\n').map((line) => line.split(':'));
  for (const wanted of names) {
    const [, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
