// A lock between processes for scripts that run before the build (and before node_modules exists): the same
// algorithm as src/platform/database/embedded/directory-lock.ts, told there.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Runs `work` while no other process runs under `path`. `onWait` is called once when it has to wait.
 * Throws after `deadlineMs`, naming the process that holds the lock.
 */
export async function withDirectoryLock(path, { deadlineMs, onWait }, work) {
  const owner = `${process.pid}_${startOf(process.pid) ?? ''}_${randomBytes(6).toString('hex')}`;
  const prepared = `${path}.${owner}`;
  mkdirSync(prepared, { recursive: true });
  writeFileSync(join(prepared, owner), '');
  try {
    const deadline = performance.now() + deadlineMs;
    for (let isFirst = true; !tryRename(prepared, path);) {
      const holderPid = removeDeadHolder(path);
      if (holderPid === undefined) continue;
      if (isFirst) onWait(holderPid);
      isFirst = false;
      if (performance.now() > deadline) {
        throw new Error(
          `Process ${holderPid} has held ${path} for ${deadlineMs / 60_000} minutes. End it, and try again.`,
        );
      }
      await sleep(POLL_MS);
    }
    return await work();
  } finally {
    rmSync(prepared, { recursive: true, force: true });
    if (tryUnlink(join(path, owner))) tryRmdir(path);
  }
}

function tryRename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    if (error.code !== 'EPERM' || process.platform !== 'win32') throw error;
    tryRmdir(to);
    return false;
  }
}

function removeDeadHolder(path) {
  const [ownerFile] = tryReaddir(path);
  if (ownerFile === undefined) return undefined;
  const [pid, start] = ownerFile.split('_');
  if (isAlive(Number(pid), start)) return Number(pid);
  tryUnlink(join(path, ownerFile));
  for (const name of tryReaddir(dirname(path))) {
    const prefix = `${basename(path)}.`;
    const [leftPid, leftStart] = name.slice(prefix.length).split('_');
    if (!name.startsWith(prefix) || isAlive(Number(leftPid), leftStart)) continue;
    rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
  return undefined;
}

function isAlive(pid, start) {
  const now = startOf(pid);
  return now !== undefined && now === start;
}

/** Start time of a living process, '' where the system does not tell it; undefined when dead or a zombie. */
function startOf(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function tryReaddir(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function tryUnlink(path) {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function tryRmdir(path) {
  try {
    rmdirSync(path);
  } catch {
    // Not empty, or gone: somebody else has it now.
  }
}
