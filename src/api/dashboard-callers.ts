import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DashboardsCaller } from '../dashboards/index.js';
import { Version } from '../dashboards/index.js';
import { AuditTrail, type CallerIdentity } from '../tenancy/index.js';

/** What a deletion may say: the version that it is based on. Nothing is as good. */
export const VersionOnly = z.strictObject({ version: Version.optional() }).optional();
export type VersionOnly = z.infer<typeof VersionOnly>;

/** Whoever changes dashboards and layouts, with their way into the audit trail. */
@Injectable()
export class DashboardCallers {
  constructor(private readonly audit: AuditTrail) {}

  of({ tenantId, keyId: actor, role }: CallerIdentity): DashboardsCaller {
    return {
      ...{ tenantId, actor, isAdmin: role === 'admin' },
      record: (transaction, change) => this.audit.record(transaction, { tenantId, actor, ...change }),
    };
  }
}
