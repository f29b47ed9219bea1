import { Injectable } from '@nestjs/common';
import {
  CacheService,
  CacheWarmer,
  type Invalidation,
  type InvalidationReceipt,
  type WarmingStrategy,
  type WarmupRun,
} from '../cache/index.js';
import { Database } from '../platform/database/index.js';
import { AuditTrail, type CallerIdentity } from '../tenancy/index.js';

/** What is cleared: everything, or what a tag, a pattern or the beginning of keys names. */
export type ClearRequest =
  { readonly scope: 'all' } | { readonly scope: 'tag' | 'pattern' | 'prefix'; readonly value: string };

/** Of an entry in the audit trail; its details have the whole value. */
const LONGEST_SUBJECT = 300;

/** What operators do to the cache; each act is in the audit trail before it is done. */
@Injectable()
export class CacheOperations {
  constructor(
    private readonly cache: CacheService,
    private readonly warmer: CacheWarmer,
    private readonly audit: AuditTrail,
    private readonly db: Database,
  ) {}

  /** Invalidates values on every instance. @throws CachePatternError, CacheTagError */
  async clear(operator: CallerIdentity, request: ClearRequest): Promise<InvalidationReceipt> {
    const subject = request.scope === 'all' ? '*' : request.value.slice(0, LONGEST_SUBJECT);
    await this.record(operator, { action: 'cache.cleared', subject, details: { ...request } });
    return this.cache.invalidate(invalidationOf(request));
  }

  /** Starts a warm-up, unless one runs: then it answers that one. */
  async warmUp(operator: CallerIdentity, strategy: WarmingStrategy): Promise<WarmupRun> {
    await this.record(operator, { action: 'cache.warmed', subject: strategy, details: {} });
    return this.warmer.start(strategy);
  }

  private record(
    { tenantId, keyId }: CallerIdentity,
    entry: { action: string; subject: string; details: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    return this.audit.record(this.db, { tenantId, actor: keyId, ...entry });
  }
}

function invalidationOf(request: ClearRequest): Invalidation {
  switch (request.scope) {
    case 'all':
      return { everything: true };
    case 'tag':
      return { tags: [request.value] };
    case 'pattern':
      return { patterns: [request.value] };
    case 'prefix':
      return { patterns: [`${request.value}*`] };
  }
}
