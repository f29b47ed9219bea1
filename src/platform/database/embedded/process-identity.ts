import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process for good: a recycled pid has another start. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque, comparable on one machine until it reboots; empty where the system does not tell. */
  readonly startedAt: string;
}

/** Fields of /proc/<pid>/stat after the command name (proc(5): state is field 3, starttime field 22). */
const STATE_FIELD = 0;
const START_FIELD = 19;

/** The identity of a living process; undefined when it is gone or only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!isSignalable(pid)) return undefined;
  if (process.platform === 'linux') return identifyOnLinux(pid);
  if (process.platform === 'win32') return { pid, startedAt: '' };
  return identifyByPs(pid);
}

/** Whether exactly this process, not a later one with the same pid, still runs. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt;
}

function isSignalable(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function identifyOnLinux(pid: number): ProcessIdentity | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[STATE_FIELD];
  // In a container whose init reaps nobody, a killed process stays a zombie for ever and can be signalled.
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, startedAt: fields[START_FIELD] ?? '' };
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state = '', ...start] = line.split(/\s+/);
    return state.startsWith('Z') ? undefined : { pid, startedAt: start.join(' ') };
  } catch {
    return undefined;
  }
}

/** A file of /proc/<pid>; undefined when the process is gone or the system has no /proc. */
export function readProc(pid: number, file: 'stat' | 'comm'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
