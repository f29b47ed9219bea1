import { AppError } from '../kernel/app-error.js';

/** The text is no SQL that PostgreSQL's grammar knows. HTTP 400. */
export class SqlSyntaxError extends AppError {
  readonly code = 'QUERY_SYNTAX';
  readonly kind = 'invalid';

  /** @param position characters before the fault, when it is known */
  constructor(reason: string, position: number | undefined, cause?: unknown) {
    const where = position === undefined ? '' : ` at character ${position + 1}`;
    super(
      `The statement cannot be parsed: ${reason}${where}. Correct it, or leave out what is not SQL.`,
      { reason, ...(position !== undefined && { position }) },
      { cause },
    );
  }
}
