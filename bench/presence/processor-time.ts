import { readFileSync } from 'node:fs';

/** Ticks of /proc a second, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** The fields after the name, which may hold spaces: the 14th and 15th of all are the 12th and 13th of these. */
const [USER, SYSTEM] = [11, 12];

/**
 * Processor time that a process has spent, in microseconds, as the system counts it; undefined where there is no /proc.
 * A server with too much to do answers no questions, so it is not asked.
 */
export function processorTimeUs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[USER]) + Number(fields[SYSTEM])) * 1e6) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
