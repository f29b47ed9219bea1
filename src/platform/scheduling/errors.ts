import { AppError } from '../../kernel/app-error.js';

/** Two jobs carry the same name: a fault in the program, found when the process starts. */
export class DuplicateJobError extends AppError {
  readonly code = 'SCHEDULER_JOB_DUPLICATE';
  readonly kind = 'internal';

  constructor(name: string) {
    super(`Background job "${name}" is registered twice. Give each job a name of its own.`, { name });
  }
}

/** No job of this name is registered. HTTP 404. */
export class UnknownJobError extends AppError {
  readonly code = 'SCHEDULER_JOB_UNKNOWN';
  readonly kind = 'not_found';

  constructor(name: string) {
    super(`There is no background job "${name}". GET /metrics lists the jobs.`, { name });
  }
}
