import { AppError } from '../kernel/app-error.js';

/** As many clients follow the alerts of this instance as it serves, of all tenants or of one. HTTP 503. */
export class AlertStreamsBusyError extends AppError {
  readonly code = 'ALERTING_STREAMS_BUSY';
  readonly kind = 'unavailable';

  constructor(most: number) {
    super(
      `${most} clients follow the alerts of this instance, which is its limit. Ask another one, or poll.`,
      {
        most,
      },
    );
  }
}
