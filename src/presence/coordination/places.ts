import type { Admission, LimitScope, Place } from './connection-limits.js';

/** How many places there are. */
export interface PlaceLimits {
  readonly tenant: number;
  readonly user: number;
  readonly layout: number;
}

/** The places that this instance has given out. */
export class Places {
  private readonly tenants = new Map<string, Map<string, Set<string>>>();

  /** Holders by scope of each tenant: `tenant`, `user:<id>`, `layout:<id>`. */
  entries(): IterableIterator<[string, ReadonlyMap<string, ReadonlySet<string>>]> {
    return this.tenants.entries();
  }

  has({ tenantId, connectionId }: Place, scope: string): boolean {
    return this.tenants.get(tenantId)?.get(scope)?.has(connectionId) ?? false;
  }

  take({ tenantId, connectionId }: Place, scope: string): void {
    const scopes = this.tenants.get(tenantId) ?? new Map<string, Set<string>>();
    this.tenants.set(tenantId, scopes);
    const holders = scopes.get(scope);
    if (holders === undefined) scopes.set(scope, new Set([connectionId]));
    else holders.add(connectionId);
  }

  free({ tenantId, connectionId }: Place, scope: string): void {
    const scopes = this.tenants.get(tenantId);
    const holders = scopes?.get(scope);
    if (holders?.delete(connectionId) !== true || holders.size > 0) return;
    scopes?.delete(scope);
    if (scopes?.size === 0) this.tenants.delete(tenantId);
  }

  /** Takes all of the places or none. */
  admit(place: Place, wanted: readonly WantedPlace[]): Admission {
    for (const { key, scope, limit } of wanted) {
      const taken = this.tenants.get(place.tenantId)?.get(key)?.size ?? 0;
      if (taken >= limit && !this.has(place, key)) return { isAdmitted: false, scope, limit };
    }
    for (const { key } of wanted) this.take(place, key);
    return { isAdmitted: true };
  }
}

/** A place that somebody would like to have. */
export interface WantedPlace {
  readonly key: string;
  readonly scope: LimitScope;
  readonly limit: number;
}

/** What a connection needs to be let in. */
export function connectionPlaces(place: Place, limits: PlaceLimits): readonly WantedPlace[] {
  return [{ key: 'tenant', scope: 'tenant', limit: limits.tenant }, userPlace(place, limits)];
}

/** What it needs to be its user. */
export function userPlace({ userId }: Place, limits: PlaceLimits): WantedPlace {
  return { key: `user:${userId}`, scope: 'user', limit: limits.user };
}

/** What it needs to be let into a layout. */
export function layoutPlace(layoutId: string, limits: PlaceLimits): WantedPlace {
  return { key: `layout:${layoutId}`, scope: 'layout', limit: limits.layout };
}
