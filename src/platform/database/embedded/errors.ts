import { AppError } from '../../../kernel/app-error.js';

const ELSEWHERE = 'or set DATABASE_URL to a PostgreSQL server of your own';

/** There are no PostgreSQL binaries that run on this machine. */
export class EmbeddedUnsupportedError extends AppError {
  readonly code = 'DATABASE_EMBEDDED_UNSUPPORTED';
  readonly kind = 'unavailable';

  constructor(platform: string, reason: string, cause?: unknown) {
    super(
      `The embedded PostgreSQL cannot run on ${platform}: ${reason}. ` +
        `Run "npm ci --include=optional", ${ELSEWHERE}.`,
      { platform, reason },
      { cause },
    );
  }
}

/** This process is root, PostgreSQL refuses root, and no other user can be used for it. */
export class EmbeddedUserError extends AppError {
  readonly code = 'DATABASE_EMBEDDED_NO_USER';
  readonly kind = 'unavailable';

  constructor(reason: string, cause?: unknown) {
    super(
      `PostgreSQL refuses to run as root, and ${reason}. Start Plimsoll as a normal user, ${ELSEWHERE}.`,
      { reason },
      { cause },
    );
  }
}

/** The data directory cannot be used: owned by somebody else, read-only, or made by another major version. */
export class EmbeddedDataDirError extends AppError {
  readonly code = 'DATABASE_EMBEDDED_DATA_DIR';
  readonly kind = 'unavailable';

  constructor(path: string, reason: string, cause?: unknown) {
    super(
      `The embedded PostgreSQL cannot use "${path}": ${reason}. ` +
        `Start as the user who owns it, set PLIMSOLL_DATA_DIR to another directory, ${ELSEWHERE}.`,
      { path, reason },
      { cause },
    );
  }
}

/** Another process holds the lock of the data directory and does not let go. Starting again later is safe. */
export class EmbeddedBusyError extends AppError {
  readonly code = 'DATABASE_EMBEDDED_BUSY';
  readonly kind = 'unavailable';

  constructor(lockPath: string, holderPid: number | undefined, waitedMs: number) {
    super(
      `Process ${holderPid ?? 'unknown'} has held "${lockPath}" for more than ${waitedMs} ms. ` +
        `End it and start again, ${ELSEWHERE}.`,
      { lockPath, holderPid, waitedMs },
    );
  }
}

/** PostgreSQL was started and did not become ready; `details.output` holds its last words. */
export class EmbeddedStartError extends AppError {
  readonly code = 'DATABASE_EMBEDDED_START_FAILED';
  readonly kind = 'unavailable';

  constructor(step: string, output: string, cause?: unknown) {
    super(
      `The embedded PostgreSQL did not start (${step}): ${output || 'no output'}. ` +
        `Correct the reason and start again, ${ELSEWHERE}.`,
      { step, output },
      { cause },
    );
  }
}

/** PostgreSQL did not end, not even after an immediate shutdown. */
export class EmbeddedStopError extends AppError {
  readonly code = 'DATABASE_EMBEDDED_STOP_FAILED';
  readonly kind = 'internal';

  constructor(pid: number, output: string) {
    super(
      `The embedded PostgreSQL (process ${pid}) did not stop: ${output || 'no output'}. ` +
        'End that process by hand; its data is safe, the next start recovers it.',
      { pid, output },
    );
  }
}
