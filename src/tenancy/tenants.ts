import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../platform/database/index.js';
import type { CallerIdentity } from './access.js';
import { AuditTrail } from './audit-trail.js';
import { SlugTakenError } from './errors.js';
import { type CreatedKey, KeyIssuer } from './key-issuer.js';
import type { Page, PageRequest } from './page.js';
import { type Tenant, TenantRepository } from './tenant.repository.js';

/** A new tenant with its first admin key, whose text cannot be had again. */
export interface CreatedTenant extends Tenant {
  readonly adminKey: CreatedKey;
}

/** All tenants of this installation, for its operators. */
@Injectable()
export class Tenants {
  constructor(
    private readonly db: Database,
    private readonly tenants: TenantRepository,
    private readonly issuer: KeyIssuer,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @throws SlugTakenError TENANCY_SLUG_TAKEN */
  create(operator: CallerIdentity, { slug, name }: Pick<Tenant, 'slug' | 'name'>): Promise<CreatedTenant> {
    return this.db.transaction(async (transaction) => {
      const tenant = await this.tenants.insert(transaction, { slug, name, createdAt: this.clock.now() });
      if (tenant === undefined) throw new SlugTakenError(slug);
      await this.audit.record(transaction, {
        tenantId: operator.tenantId,
        actor: operator.keyId,
        action: 'tenant.created',
        subject: slug,
        details: { id: tenant.id, name },
      });
      const adminKey = await this.issuer.issue(
        transaction,
        { name: 'First admin key', role: 'admin' },
        { tenantId: tenant.id, createdBy: operator.keyId, origin: 'api' },
      );
      return { ...tenant, adminKey };
    });
  }

  /** In the order of creation. */
  list(page: PageRequest): Promise<Page<Tenant>> {
    return this.tenants.list(page);
  }
}
