import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { AlertingCaller } from '../alerting/index.js';
import { InvalidInputError } from '../platform/http/index.js';
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

/**
 * The version that a change is based on: of the header If-Match, as answers carry it in ETag, or of the body.
 * @throws InvalidInputError HTTP_INPUT_INVALID when the header is no version, or another one than the body's
 */
export function expectedVersion(request: Request, inBody?: number): number | undefined {
  const header = request.get('If-Match')?.trim();
  if (header === undefined || header === '*') return inBody;
  // Weak ones too: proxies that compress make them of ours.
  const [, quoted, digits = quoted] =
    /^(?:(?:W\/)?"(0|[1-9]\d{0,14})"|(0|[1-9]\d{0,14}))$/.exec(header) ?? [];
  if (digits === undefined) throw refusal('must be one version, such as "3", or *');
  const version = Number(digits);
  if (inBody !== undefined && inBody !== version) throw refusal('is another version than that of the body');
  return version;
}

function refusal(message: string): InvalidInputError {
  return new InvalidInputError([{ path: 'If-Match', message }], 1);
}
