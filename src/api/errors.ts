import { AppError } from '../kernel/app-error.js';

/** As many clients follow the alerts of this instance as it serves, of all tenants or of one. HTTP 503. */
export class AlertStreamsBusyError extends AppError {
  readonly code = 'ALERTING_STREAMS_BUSY';
  readonly kind = 'unavailable';

  /** @param of whose limit of `most` was reached */
  constructor(most: number, of: 'instance' | 'tenant') {
    const whose = of === 'instance' ? 'its limit' : 'the limit of one tenant';
    super(
      `${most} clients ${of === 'tenant' ? 'of your tenant ' : ''}follow the alerts of this instance, ` +
        `which is ${whose}. Ask another one, or poll.`,
      { most, of },
    );
  }
}
