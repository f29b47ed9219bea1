import { AppError } from '../../kernel/app-error.js';

/** The command line is not usable; exit code 2. */
export class ImportUsageError extends AppError {
  readonly code = 'IMPORT_USAGE_INVALID';
  readonly kind = 'invalid';

  constructor(reason: string) {
    super(`${reason} See: npm run import -- --help`, { reason });
  }
}

/** The file cannot be opened or read. */
export class SeriesFileUnreadableError extends AppError {
  readonly code = 'IMPORT_FILE_UNREADABLE';
  readonly kind = 'invalid';

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path} cannot be read: ${reason}. Name a readable CSV file.`, { path, reason }, { cause });
  }
}

/** A line of the file is no `timestamp,value` sample; nothing was sent. */
export class SeriesFileInvalidError extends AppError {
  readonly code = 'IMPORT_FILE_INVALID';
  readonly kind = 'invalid';

  constructor(path: string, problem: { readonly line?: number; readonly reason: string }, cause?: unknown) {
    const place = problem.line === undefined ? path : `${path}, line ${problem.line}`;
    super(
      `${place}: ${problem.reason}. Nothing was imported; correct the file and start again.`,
      { path, ...problem },
      { cause },
    );
  }
}

/** Nothing answers at the server's address. */
export class ServerUnreachableError extends AppError {
  readonly code = 'IMPORT_SERVER_UNREACHABLE';
  readonly kind = 'unavailable';

  constructor(url: string, reason: string, cause?: unknown) {
    super(
      `No server answers at ${url} (${reason}). Start it by "npm start", or name another by --url.`,
      { url, reason },
      { cause },
    );
  }
}

/** The upload was cut off, or the server is not able to take it now; sending it again goes on from there. */
export class UploadInterruptedError extends AppError {
  readonly code = 'IMPORT_INTERRUPTED';
  readonly kind = 'unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`The upload was interrupted: ${reason}. What was stored stays stored.`, { reason }, { cause });
  }
}

/** The server refused the upload for good. */
export class UploadRefusedError extends AppError {
  readonly code = 'IMPORT_REFUSED';
  readonly kind = 'invalid';

  constructor(readonly refusal: Refusal) {
    const { status, detail, advice } = refusal;
    super(`The server refused the import (${status}): ${detail}${advice === undefined ? '' : ` ${advice}`}`, {
      ...refusal,
    });
  }
}

/** What the server said about an upload it does not take. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
  /** Line of the stream, from 1, when it is about one. */
  readonly line?: number;
  /** What to do about it, when more is known than the server says. */
  readonly advice?: string;
}
