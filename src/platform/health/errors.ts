import { AppError } from '../../kernel/app-error.js';
import type { CheckReport } from './readiness.js';

/** This instance should get no requests now: something it needs is down, or it is stopping. HTTP 503. */
export class NotReadyError extends AppError {
  readonly code = 'HEALTH_NOT_READY';
  readonly kind = 'unavailable';

  constructor(checks: Readonly<Record<string, CheckReport>>) {
    const down = Object.keys(checks).filter((name) => checks[name]?.status === 'down');
    super(`The instance is not ready because of: ${down.join(', ')}. Ask another one, or try again.`, {
      checks,
    });
  }
}
