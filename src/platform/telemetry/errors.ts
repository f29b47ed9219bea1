import { AppError } from '../../kernel/app-error.js';

/** A metric was defined wrongly: a fault in the program, found when the process starts. */
export class InvalidMetricError extends AppError {
  readonly code = 'TELEMETRY_METRIC_INVALID';
  readonly kind = 'internal';

  constructor(name: string, reason: string) {
    super(`Metric "${name}" cannot be registered: ${reason}.`, { name, reason });
  }
}
