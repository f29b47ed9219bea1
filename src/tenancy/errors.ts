import { AppError } from '../kernel/app-error.js';
import type { AccessLevel, Role } from './access.js';

/** The route needs an API key and the request brought none. HTTP 401. */
export class KeyMissingError extends AppError {
  readonly code = 'TENANCY_KEY_MISSING';
  readonly kind = 'unauthenticated';

  constructor() {
    super('An API key is needed. Send the header "Authorization: Bearer plim_<id>_<secret>".');
  }
}

/**
 * The API key does not open anything: malformed, unknown, wrong secret, expired or revoked. Which of these
 * it is stays unsaid, so that nobody learns which ids exist. HTTP 401.
 */
export class KeyInvalidError extends AppError {
  readonly code = 'TENANCY_KEY_INVALID';
  readonly kind = 'unauthenticated';

  constructor() {
    super('The API key is not valid. Check it, or ask an admin of your tenant for a new one.');
  }
}

/** The key is valid, but its role does not reach what the route asks for. HTTP 403. */
export class RoleTooLowError extends AppError {
  readonly code = 'TENANCY_ROLE_TOO_LOW';
  readonly kind = 'forbidden';

  constructor(required: AccessLevel, role: Role) {
    super(`This needs access "${required}"; the key's role is "${role}". Use a key with a fitting role.`, {
      required,
      role,
    });
  }
}

/** A route does not say who may use it: a fault in the program, refused to everybody. HTTP 403. */
export class AccessUndeclaredError extends AppError {
  readonly code = 'TENANCY_ACCESS_UNDECLARED';
  readonly kind = 'forbidden';

  constructor(route: string) {
    super(`${route} does not declare who may use it and is closed. Add @Access to it.`, { route });
  }
}

/** Too many unknown keys are being looked up at once. HTTP 503. */
export class KeyCheckBusyError extends AppError {
  readonly code = 'TENANCY_KEY_CHECK_BUSY';
  readonly kind = 'unavailable';

  constructor(waiting: number) {
    super(`${waiting} API keys are waiting to be checked. Try again in a second.`, { waiting });
  }
}

/** The caller's tenant has no such key. HTTP 404. */
export class KeyNotFoundError extends AppError {
  readonly code = 'TENANCY_KEY_NOT_FOUND';
  readonly kind = 'not_found';

  constructor(id: string) {
    const shown = id.slice(0, 64);
    super(`There is no API key "${shown}" in your tenant. GET /api/keys lists them.`, { id: shown });
  }
}

/** Revoking this key would lock the tenant's admins out. HTTP 409. */
export class LastAdminKeyError extends AppError {
  readonly code = 'TENANCY_LAST_ADMIN_KEY';
  readonly kind = 'conflict';

  constructor(id: string) {
    super(
      `"${id}" is the last admin key of its tenant that works, or that never expires. Create another one first.`,
      { id },
    );
  }
}

/** A key would be expired from its start. HTTP 400. */
export class ExpiryInPastError extends AppError {
  readonly code = 'TENANCY_EXPIRY_IN_PAST';
  readonly kind = 'invalid';

  constructor(expiresAt: Date) {
    const message = 'must be in the future';
    super(`expiresAt ${expiresAt.toISOString()} ${message}. Send a later time, or leave it out.`, {
      issues: [{ path: 'expiresAt', message }],
    });
  }
}

/** Another tenant has this slug. HTTP 409. */
export class SlugTakenError extends AppError {
  readonly code = 'TENANCY_SLUG_TAKEN';
  readonly kind = 'conflict';

  constructor(slug: string) {
    super(`There is a tenant "${slug}" already. Choose another slug.`, { slug });
  }
}

/** PLIMSOLL_ADMIN_KEY carries the id of a key that is not its own; the process does not start. */
export class AdminKeyConflictError extends AppError {
  readonly code = 'TENANCY_ADMIN_KEY_CONFLICT';
  readonly kind = 'conflict';

  constructor(id: string) {
    super(
      `PLIMSOLL_ADMIN_KEY has the id "${id}", which belongs to another key. Set it to a key with an id of its own.`,
      { id },
    );
  }
}

/** Somebody removed tenant `default`, which the first migration makes; the process does not start. */
export class DefaultTenantMissingError extends AppError {
  readonly code = 'TENANCY_DEFAULT_MISSING';
  readonly kind = 'internal';

  constructor() {
    super(`The table tenants has no row with the slug 'default'. Insert it again, then start.`);
  }
}
