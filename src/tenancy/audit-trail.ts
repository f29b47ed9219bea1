import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { Queryable } from '../platform/database/index.js';
import { currentLogFields } from '../platform/logging/index.js';
import { type AuditEntry, AuditRepository, type RecordedEntry } from './audit.repository.js';
import type { Page, PageRequest } from './page.js';

/** Who changed what, kept for ever: entries can be added and read, never altered. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly entries: AuditRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds an entry; pass the transaction of the change, so that neither stands without the other. The time
   * and the id of the present request, as the log lines carry it, are filled in.
   */
  async record(transaction: Queryable, entry: Omit<AuditEntry, 'requestId' | 'at'>): Promise<void> {
    const { requestId } = currentLogFields();
    await this.entries.insert(transaction, {
      ...entry,
      requestId: typeof requestId === 'string' ? requestId : null,
      at: this.clock.now(),
    });
  }

  /** Entries of one tenant, newest first. */
  list(tenantId: string, page: PageRequest): Promise<Page<RecordedEntry>> {
    return this.entries.list(tenantId, page);
  }
}
