/** What went wrong, seen from the caller; the HTTP edge maps each kind to one status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'outdated'
  | 'limited'
  | 'unavailable'
  | 'internal';

/** Facts that are safe to show to the caller. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * Base of every error thrown on purpose. `code` is stable and listed in docs/reference/errors.md;
 * `details` may be shown to the caller, `cause` never is.
 */
export abstract class AppError extends Error {
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;

  /** @param message what happened + the value + the next step */
  constructor(
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
