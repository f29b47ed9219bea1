import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { QueryStatistics, type ResetReceipt, type ResetScope } from '../query-insights/index.js';
import { AuditTrail, type CallerIdentity } from '../tenancy/index.js';

/** What operators do to the statistics of statements; each act is in the audit trail before it is done. */
@Injectable()
export class QueryOperations {
  constructor(
    private readonly statistics: QueryStatistics,
    private readonly audit: AuditTrail,
    private readonly db: Database,
  ) {}

  async reset({ tenantId, keyId }: CallerIdentity, scope: ResetScope): Promise<ResetReceipt> {
    const entry = { action: 'query-statistics.reset', subject: scope, details: {} };
    await this.audit.record(this.db, { tenantId, actor: keyId, ...entry });
    return this.statistics.reset(scope);
  }
}
