import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Access, AuditTrail, Caller, type CallerIdentity, type RecordedEntry } from '../tenancy/index.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';

/** What was changed in the caller's tenant, newest first. */
@Controller('api/audit')
@Access('admin')
export class AuditController {
  constructor(private readonly audit: AuditTrail) {}

  @Get()
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: NumberedPage }) page: z.infer<typeof NumberedPage>,
  ): Promise<PageAnswer<RecordedEntry>> {
    return answerPage(await this.audit.list(tenantId, page));
  }
}
