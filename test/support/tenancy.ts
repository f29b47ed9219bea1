import type { Clock } from '../../src/kernel/clock.js';
import { RandomIds } from '../../src/kernel/ids.js';
import type { Database } from '../../src/platform/database/index.js';
import { DomainEvents } from '../../src/platform/events/index.js';
import type { BackgroundJobs } from '../../src/platform/scheduling/index.js';
import { MetricRegistry } from '../../src/platform/telemetry/index.js';
import { ApiKeys } from '../../src/tenancy/api-keys.js';
import { AuditRepository } from '../../src/tenancy/audit.repository.js';
import { AuditTrail } from '../../src/tenancy/audit-trail.js';
import { Authenticator } from '../../src/tenancy/authenticator.js';
import { ConfiguredAdminKey } from '../../src/tenancy/configured-admin-key.js';
import { FirstAdminKey } from '../../src/tenancy/first-admin-key.js';
import { HeldKeys } from '../../src/tenancy/held-keys.js';
import { KeyDirectory } from '../../src/tenancy/key-directory.js';
import { KeyIssuer } from '../../src/tenancy/key-issuer.js';
import { KeyRevoker } from '../../src/tenancy/key-revoker.js';
import { KeyRepository } from '../../src/tenancy/key.repository.js';
import { LastUse } from '../../src/tenancy/last-use.js';
import { TenantRepository } from '../../src/tenancy/tenant.repository.js';
import { Tenants } from '../../src/tenancy/tenants.js';
import { CollectingLogger } from './collecting-logger.js';

/** Tenancy as one instance has it, on a database. */
export interface TenancyInstance {
  readonly apiKeys: ApiKeys;
  readonly tenants: Tenants;
  readonly audit: AuditTrail;
  readonly authenticator: Authenticator;
  readonly held: HeldKeys;
  readonly events: DomainEvents;
  readonly configured: ConfiguredAdminKey;
  readonly first: FirstAdminKey;
  readonly lastUse: LastUse;
}

/** Wires what TenancyModule wires, without the framework: several instances can share one database. */
export function tenancyOn(db: Database, clock: Clock): TenancyInstance {
  const [keys, tenantRows] = [new KeyRepository(db), new TenantRepository(db)];
  const audit = new AuditTrail(new AuditRepository(db), clock);
  const issuer = new KeyIssuer(keys, audit, new RandomIds(), clock);
  const directory = new KeyDirectory(keys, clock);
  const events = new DomainEvents(new MetricRegistry(), new CollectingLogger());
  const held = new HeldKeys(keys, directory, events);
  const revoker = new KeyRevoker(db, tenantRows, keys, audit, clock);
  const jobs = { register: () => undefined } as unknown as BackgroundJobs;
  const lastUse = new LastUse(keys, jobs, clock, new CollectingLogger());
  return {
    apiKeys: new ApiKeys(db, issuer, revoker, keys, held),
    tenants: new Tenants(db, tenantRows, issuer, audit, clock),
    audit,
    authenticator: new Authenticator(directory, lastUse, clock),
    held,
    events,
    configured: new ConfiguredAdminKey(db, tenantRows, keys, issuer, clock),
    first: new FirstAdminKey(db, tenantRows, keys, issuer, clock),
    lastUse,
  };
}
