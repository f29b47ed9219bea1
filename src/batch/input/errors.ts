import { AppError } from '../../kernel/app-error.js';

/** An upload that is no NDJSON or CSV; nothing was stored. HTTP 400. */
export class BatchInputError extends AppError {
  readonly code = 'BATCH_INPUT_INVALID';
  readonly kind = 'invalid';

  constructor(line: number, problem: string) {
    super(`Line ${line}: ${problem}. Nothing was stored; correct it and send all again.`, { line, problem });
  }
}
