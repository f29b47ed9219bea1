import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import type { Clock } from '../../../kernel/clock.js';
import { identify, readProc } from './process-identity.js';

const PROGRAM = 'postgres';
const DEADLINE_MS = 5_000;
const POLL_MS = 20;

/** Whether a process is PostgreSQL at work in this data directory; true when the system does not tell. */
export function worksIn(dataDir: string, pid: number): boolean {
  if (process.platform !== 'linux') return true;
  if (readProc(pid, 'comm')?.trim() !== PROGRAM) return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return true;
  }
}

/**
 * Ends the backends of a dead server and waits until they are gone: one in the middle of a long statement does
 * not notice the death, and PostgreSQL does not start beside it. Their work is lost already. Call only when no
 * server lives. Does nothing where there is no /proc.
 */
export async function endOrphans(dataDir: string, clock: Clock): Promise<void> {
  const orphans = listProcesses().filter((pid) => identify(pid) && isSurelyIn(dataDir, pid));
  // SIGQUIT is PostgreSQL's own "at once, without cleaning up".
  for (const pid of orphans) tryQuit(pid);
  const startedAt = clock.monotonic();
  while (orphans.some((pid) => identify(pid)) && clock.monotonic() - startedAt < DEADLINE_MS) {
    await clock.sleep(POLL_MS);
  }
}

function listProcesses(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** Unlike `worksIn`, a doubt counts as no: this decides about a signal. */
function isSurelyIn(dataDir: string, pid: number): boolean {
  try {
    return (
      readProc(pid, 'comm')?.trim() === PROGRAM && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir)
    );
  } catch {
    return false;
  }
}

function tryQuit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // Gone in the meantime.
  }
}
