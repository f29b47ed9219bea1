import { Reflector } from '@nestjs/core';

/** Roles a key can have. `collector` stands aside of the ladder viewer < editor < admin. */
export const ROLES = ['viewer', 'editor', 'admin', 'collector'] as const;

/** What the holder of a key may do within its tenant. */
export type Role = (typeof ROLES)[number];

/**
 * Who may use a route. `open`: everybody, keys are ignored. `metrics-read`: everybody while metrics are
 * open by configuration, else viewers and above. `ingest`: whoever may post measurements.
 * `operator`: admins of tenant `default`, who look after all tenants.
 */
export type AccessLevel = 'open' | 'metrics-read' | 'viewer' | 'editor' | 'admin' | 'ingest' | 'operator';

/** Who sent a request, proven by an API key. */
export interface CallerIdentity {
  readonly tenantId: string;
  readonly keyId: string;
  readonly role: Role;
  /** An admin of tenant `default`. */
  readonly isOperator: boolean;
}

/** Declares who may use a controller or, overriding that, one handler. A route without it is refused. */
export const Access = Reflector.createDecorator<AccessLevel>();

const ROLES_OF_LEVEL: Readonly<Record<Exclude<AccessLevel, 'open' | 'operator'>, readonly Role[]>> = {
  'metrics-read': ['viewer', 'editor', 'admin'],
  viewer: ['viewer', 'editor', 'admin'],
  editor: ['editor', 'admin'],
  admin: ['admin'],
  ingest: ['collector', 'editor', 'admin'],
};

/** Whether the role of `caller` reaches `level`. */
export function isAllowed(level: AccessLevel, caller: CallerIdentity): boolean {
  if (level === 'open') return true;
  return level === 'operator' ? caller.isOperator : ROLES_OF_LEVEL[level].includes(caller.role);
}
