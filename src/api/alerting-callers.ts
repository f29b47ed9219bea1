import { Injectable } from '@nestjs/common';
import type { AlertingCaller } from '../alerting/index.js';
import { AuditTrail, type CallerIdentity } from '../tenancy/index.js';

/** Whoever changes what alerting does, with their way into the audit trail. */
@Injectable()
export class AlertingCallers {
  constructor(private readonly audit: AuditTrail) {}

  of({ tenantId, keyId: actor, isOperator }: CallerIdentity): AlertingCaller {
    return {
      ...{ tenantId, actor, isOperator },
      record: (transaction, change) => this.audit.record(transaction, { tenantId, actor, ...change }),
    };
  }
}
