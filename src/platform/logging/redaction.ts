/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Field names whose values never reach a log, at the top of a line and one level below. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'adminKey'];

/** Paths for pino's own redaction. */
export const REDACTED_PATHS = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]);

/** user:password@ of a URL, and API keys: both turn up inside messages of drivers. */
const CREDENTIALS = /(\/\/)[^/\s@]+@/g;
const API_KEY = /(plim_[A-Za-z0-9.-]{1,64}_)[\x21-\x7e]+/g;

/** How deep a chain of causes is followed: a cycle must not hang the logger. */
const MAX_CAUSES = 5;

/** An error as log fields; only known properties, because drivers attach whole statements and parameters. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** Replaces URL credentials and API keys inside `text`. */
export function redactText(text: string): string {
  return text.replace(CREDENTIALS, `$1${REDACTED}@`).replace(API_KEY, `$1${REDACTED}`);
}

/** The loggable form of anything thrown. */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: redactText(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && { stack: redactText(error.stack) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) }),
  };
}
