import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { type PlanReport, type PlanRequest, QueryPlans } from '../query-insights/index.js';
import { AuditTrail, type CallerIdentity } from '../tenancy/index.js';

/** Of a statement, in the audit trail. */
const LONGEST_TEXT = 2_000;

/** Plans that operators ask for; statements that are run for it are in the audit trail before they are. */
@Injectable()
export class PlanOperations {
  constructor(
    private readonly plans: QueryPlans,
    private readonly audit: AuditTrail,
    private readonly db: Database,
  ) {}

  async explain({ tenantId, keyId }: CallerIdentity, request: PlanRequest): Promise<PlanReport> {
    if (request.isAnalyzed) {
      this.plans.assertMayAnalyze();
      await this.audit.record(this.db, {
        tenantId,
        actor: keyId,
        action: 'query.analyzed',
        subject: createHash('sha256').update(request.query).digest('hex'),
        details: {
          query: request.query.replaceAll('\0', '').slice(0, LONGEST_TEXT),
          values: request.params?.length ?? 0,
        },
      });
    }
    return this.plans.explain(request);
  }
}
