import { AppError } from '../../kernel/app-error.js';

/** What the rule watches has no past that could be asked. HTTP 400. */
export class PreviewUnsupportedError extends AppError {
  readonly code = 'ALERTING_PREVIEW_UNSUPPORTED';
  readonly kind = 'invalid';

  constructor(what: string) {
    super(
      `${what} cannot be tried on the past. Rules of kind threshold and anomaly on collector events can; ` +
        'create this one without receivers, and watch it.',
      { what },
    );
  }
}

/** To replay the rule would read too much. HTTP 400. */
export class PreviewTooLargeError extends AppError {
  readonly code = 'ALERTING_PREVIEW_TOO_LARGE';
  readonly kind = 'invalid';

  constructor(what: string, count: number, limit: number) {
    super(
      `The preview would have to read ${count} ${what}, more than ${limit}. Name a scraper and a metric, ` +
        'or choose a shorter window.',
      { what, count, limit },
    );
  }
}

/** Other previews are being made on this instance. HTTP 429. */
export class PreviewBusyError extends AppError {
  readonly code = 'ALERTING_PREVIEW_BUSY';
  readonly kind = 'limited';

  constructor(running: number) {
    super(`${running} previews are being made already. Try again in some seconds.`, { running });
  }
}
