import { spawn } from 'node:child_process';
import type { Clock } from '../../../kernel/clock.js';
import type { ServerUser } from './server-user.js';

/** How a command runs; `deadlineMs` is mandatory because every wait has an end. */
export interface CommandOptions {
  readonly user: ServerUser | undefined;
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** In a session of its own, so that Ctrl-C in the terminal does not reach it. */
  readonly isDetached?: boolean;
}

/** What became of a command; `exitCode` is null when it was killed at its deadline or never ran. */
export interface CommandResult {
  readonly exitCode: number | null;
  /** Standard output and error as they came, at most 8 kB from the end. */
  readonly output: string;
  readonly spawnError?: NodeJS.ErrnoException;
}

const OUTPUT_MAX_CHARS = 8_192;

/** Variables of the caller that would steer PostgreSQL (PGDATA, PGPORT, LC_ALL, ...) stay outside. */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];

/** Runs a command to its end. Never rejects: a command that cannot be spawned says so in `spawnError`. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The caller's directory may be closed to the user the command runs as.
      cwd: process.platform === 'win32' ? undefined : '/',
      env: { ...pickEnvironment(), LC_ALL: 'C', TZ: 'UTC' },
      detached: options.isDetached ?? false,
      windowsHide: true,
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_MAX_CHARS);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const timer = options.clock.after(options.deadlineMs, () => child.kill('SIGKILL'));
    child.once('error', (spawnError: NodeJS.ErrnoException) => {
      timer.cancel();
      resolve({ exitCode: null, output: spawnError.message, spawnError });
    });
    child.once('close', (exitCode) => {
      timer.cancel();
      resolve({ exitCode, output: output.trim() });
    });
  });
}

function pickEnvironment(): Record<string, string> {
  // eslint-disable-next-line no-restricted-properties -- handed to a child, not read
  const own = process.env;
  const names = Object.keys(own).filter((name) => PASSED_ON.includes(name));
  return Object.fromEntries(names.map((name) => [name, own[name] ?? '']));
}
