import { AppError } from '../kernel/app-error.js';

/** As many clients follow the samples of this instance as it serves. HTTP 503. */
export class StreamsBusyError extends AppError {
  readonly code = 'METRICS_STREAMS_BUSY';
  readonly kind = 'unavailable';

  constructor(most: number) {
    super(
      `${most} clients follow the samples of this instance, which is its limit. Ask another one, or poll.`,
      {
        most,
      },
    );
  }
}
