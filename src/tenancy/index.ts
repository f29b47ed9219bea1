export { Access, type AccessLevel, isAllowed, type CallerIdentity, type Role, ROLES } from './access.js';
export { ANNOUNCE, type Announce } from './admin-access.js';
export { ApiKeys } from './api-keys.js';
export type { AuditEntry, RecordedEntry } from './audit.repository.js';
export { AuditTrail } from './audit-trail.js';
export { bearerOf } from './api-key.js';
export { Authenticator, type ShownKey } from './authenticator.js';
export {
  AccessUndeclaredError,
  AdminKeyConflictError,
  DefaultTenantMissingError,
  ExpiryInPastError,
  KeyCheckBusyError,
  KeyInvalidError,
  KeyMissingError,
  KeyNotFoundError,
  LastAdminKeyError,
  RoleTooLowError,
  SlugTakenError,
} from './errors.js';
export { Caller, CallerIfKnown, callerOf } from './guard.js';
export { type HeldKey, HeldKeys, KEY_REVOKED, type KeyRevoked } from './held-keys.js';
export type { CreatedKey, KeyRequest } from './key-issuer.js';
export type { KeyInfo, KeyOrigin } from './key.repository.js';
export type { Page, PageRequest } from './page.js';
export { TenancyModule } from './tenancy.module.js';
export type { Tenant } from './tenant.repository.js';
export { type CreatedTenant, Tenants } from './tenants.js';
