import { AppError } from '../kernel/app-error.js';

/** What is asked for is not on the list of what batch jobs may touch, or the request is incomplete. HTTP 400. */
export class BatchRequestError extends AppError {
  readonly code = 'BATCH_REQUEST_INVALID';
  readonly kind = 'invalid';

  constructor(path: string, problem: string) {
    super(`A batch job cannot be made of this request: ${path} ${problem}.`, {
      issues: [{ path, message: problem }],
    });
  }
}

/** The target keeps this operation for admins. HTTP 403. */
export class BatchOperationForbiddenError extends AppError {
  readonly code = 'BATCH_OPERATION_FORBIDDEN';
  readonly kind = 'forbidden';

  constructor(target: string, operation: string) {
    super(`${operation} of ${target} is for admins. Ask one of your tenant.`, { target, operation });
  }
}

/** A record of an upload does not fit its target; nothing was stored. HTTP 400. */
export class BatchRecordError extends AppError {
  readonly code = 'BATCH_RECORD_INVALID';
  readonly kind = 'invalid';

  constructor(line: number, path: string, problem: string) {
    super(`Line ${line}: ${path} ${problem}. Nothing was stored; correct it and send all again.`, {
      line,
      path,
      problem,
    });
  }
}

/** There is no such job of this tenant. HTTP 404. */
export class BatchJobNotFoundError extends AppError {
  readonly code = 'BATCH_JOB_NOT_FOUND';
  readonly kind = 'not_found';

  constructor(id: string) {
    super(`There is no batch job ${id}. GET /api/jobs lists those there are.`, { id });
  }
}

/** The job's state does not allow this. HTTP 409. */
export class BatchStateError extends AppError {
  readonly code = 'BATCH_STATE_CONFLICT';
  readonly kind = 'conflict';

  constructor(id: string, state: string, wish: string) {
    super(`Batch job ${id} is ${state} and cannot be ${wish}.`, { id, state });
  }
}

/** The Idempotency-Key was used for another job. HTTP 409. */
export class BatchKeyReusedError extends AppError {
  readonly code = 'BATCH_IDEMPOTENCY_KEY_REUSED';
  readonly kind = 'conflict';

  constructor(key: string) {
    super(`Idempotency-Key "${key}" was used for another job. Send this one under a new key.`, { key });
  }
}

/** More records were bad than the job allows; those before the last checkpoint are written. */
export class TooManyBadRecordsError extends AppError {
  readonly code = 'BATCH_TOO_MANY_BAD_RECORDS';
  readonly kind = 'conflict';

  constructor(bad: number, most: number) {
    super(
      `${bad} records were refused by the database, more than maxBad = ${most}. ` +
        'See the dead letters; correct the input, and send it again, or with a greater maxBad.',
      { bad, most },
    );
  }
}

/** Another worker has the partition: this one was too slow, and what it wrote is rolled back. */
export class LeaseLostError extends AppError {
  readonly code = 'BATCH_LEASE_LOST';
  readonly kind = 'conflict';

  constructor(jobId: string, part: number) {
    super(`Partition ${part} of job ${jobId} belongs to another worker by now; nothing was written.`, {
      jobId,
      part,
    });
  }
}

/** Worker after worker took a partition and ended, or gave it back, without getting on. */
export class AttemptsExhaustedError extends AppError {
  readonly code = 'BATCH_ATTEMPTS_EXHAUSTED';
  readonly kind = 'internal';

  constructor(part: number, attempts: number) {
    super(
      `${attempts} workers took partition ${part} and came to no checkpoint. ` +
        'The logs say what ended them; mend it, and retry the job.',
      { part, attempts },
    );
  }
}
