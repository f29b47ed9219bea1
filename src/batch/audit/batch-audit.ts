import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import type { Queryable } from '../../platform/database/index.js';
import { type AuditRow, BatchAuditRepository } from './batch-audit.repository.js';

/** What is to be noted. */
export interface AuditEntry {
  readonly tenantId: string;
  readonly jobId: string;
  readonly actor: string;
  readonly action: string;
  readonly details: object;
}

/** What looking at the whole chain found. */
export interface AuditVerdict {
  readonly entries: number;
  /** The first entry that is not what was written, or whose predecessor is missing. */
  readonly firstBrokenId: string | null;
}

const GENESIS = Buffer.alloc(32);
const PAGE = 1_000;

/**
 * Who did what to which job: a chain per tenant in which each entry carries the hash of the one before it. Whoever
 * changes or removes an entry has to change all later ones, which `verify` shows to anyone who has kept one hash.
 */
@Injectable()
export class BatchAudit {
  constructor(
    private readonly repository: BatchAuditRepository,
    private readonly clock: Clock,
  ) {}

  /** In the transaction of what it is about. */
  async append(tx: Queryable, { tenantId, jobId, actor, action, details }: AuditEntry): Promise<void> {
    const previousHash = (await this.repository.lastHash(tx, tenantId)) ?? GENESIS;
    // As it comes back from jsonb: without undefined, dates as texts.
    const plain = JSON.parse(JSON.stringify(details)) as Record<string, unknown>;
    const entry = { jobId, at: this.clock.now(), actor, action, details: plain, previousHash };
    await this.repository.insert(tx, tenantId, { ...entry, hash: hashOf(tenantId, entry) });
  }

  /** Oldest first. */
  page(tenantId: string, after: string, limit: number): Promise<AuditRow[]> {
    return this.repository.page(tenantId, after, limit);
  }

  async verify(tenantId: string): Promise<AuditVerdict> {
    let previous: Buffer = GENESIS;
    let entries = 0;
    for (let after = '0'; ;) {
      const rows = await this.repository.page(tenantId, after, PAGE);
      for (const row of rows) {
        const isWhole = row.previousHash.equals(previous) && row.hash.equals(hashOf(tenantId, row));
        if (!isWhole) return { entries, firstBrokenId: row.id };
        entries += 1;
        previous = row.hash;
        after = row.id;
      }
      if (rows.length < PAGE) return { entries, firstBrokenId: null };
    }
  }
}

type Hashed = Pick<AuditRow, 'jobId' | 'at' | 'actor' | 'action' | 'details' | 'previousHash'>;

function hashOf(tenantId: string, { jobId, at, actor, action, details, previousHash }: Hashed): Buffer {
  const text = canonical([tenantId, jobId, at.toISOString(), actor, action, details]);
  return createHash('sha256').update(previousHash).update(text).digest();
}

/** JSON with the names of every object in one order, because jsonb keeps none. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
