import type { ConnectionIdentity } from '../connections/outlet.js';

/** Which limit was reached. */
export type LimitScope = 'tenant' | 'user' | 'layout';

/** What became of a wish for a place. */
export type Admission =
  | { readonly isAdmitted: true }
  | { readonly isAdmitted: false; readonly scope: LimitScope; readonly limit: number };

/** A connection's place, in all or in one layout. */
export type Place = Pick<ConnectionIdentity, 'connectionId' | 'tenantId' | 'userId'>;

/**
 * Bounds connections per tenant, user and layout over all instances: exactly, also when many come at once, and with
 * places of dead instances freed. Nobody has two places for one connection: asking again is admitted.
 */
export abstract class ConnectionLimits {
  /** Never rejects: when the shared count cannot be asked, this instance counts by itself. */
  abstract enter(place: Place): Promise<Admission>;
  /** For a connection that is let in, and goes on as another user. */
  abstract enterUser(place: Place): Promise<Admission>;
  abstract leaveUser(place: Place): void;
  abstract enterLayout(place: Place, layoutId: string): Promise<Admission>;
  abstract leaveLayout(place: Place, layoutId: string): void;
  /** Leaves everything. */
  abstract leave(place: Place): void;
}
