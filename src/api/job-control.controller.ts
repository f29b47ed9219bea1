import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { z } from 'zod';
import { type AuditVerdict, BatchAudit, DeadLetters, JobLedger, type JobWish } from '../batch/index.js';
import { Clock } from '../kernel/clock.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';
import { callerOf } from './jobs.controller.js';
import { type ShownJob, showJob } from './job-view.js';

type StoredEntry = Awaited<ReturnType<BatchAudit['page']>>[number];

/** An entry of the audit chain as it is answered. */
interface ShownEntry extends Omit<StoredEntry, 'hash' | 'previousHash'> {
  /** SHA-256 over this entry and the hash of the one before, in hexadecimal. */
  readonly hash: string;
}

/** What is done to batch jobs, and what was done. */
@Controller('api')
@Access('editor')
export class JobControlController {
  constructor(
    private readonly ledger: JobLedger,
    private readonly letters: DeadLetters,
    private readonly audit: BatchAudit,
    private readonly clock: Clock,
  ) {}

  @Post('jobs/:id/pause')
  @HttpCode(200)
  pause(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<ShownJob> {
    return this.change(caller, id, 'paused');
  }

  @Post('jobs/:id/resume')
  @HttpCode(200)
  resume(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<ShownJob> {
    return this.change(caller, id, 'resumed');
  }

  /** What is written stays; the rest is left. */
  @Post('jobs/:id/cancel')
  @HttpCode(200)
  cancel(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<ShownJob> {
    return this.change(caller, id, 'cancelled');
  }

  /** A failed or cancelled job goes on where it ended. */
  @Post('jobs/:id/retry')
  @HttpCode(200)
  retry(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<ShownJob> {
    return this.change(caller, id, 'retried');
  }

  /** Records that the database refused, as NDJSON. */
  @Get('jobs/:id/dead-letters')
  async deadLetters(
    @Caller() { tenantId }: CallerIdentity,
    @Param('id') id: string,
    @Res() response: Response,
  ): Promise<void> {
    const letters = await this.letters.of(tenantId, id);
    response.status(200).type('application/x-ndjson');
    try {
      await pipeline(Readable.from(linesOf(letters)), response);
    } catch (error) {
      // The client has gone: nobody is left to be told. Anything else is for the filter of all errors.
      if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  }

  /** Who did what to which job, oldest first. */
  @Get('job-audit')
  @Access('admin')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: NumberedPage }) { cursor = '0', limit }: z.infer<typeof NumberedPage>,
  ): Promise<PageAnswer<ShownEntry>> {
    const rows = await this.audit.page(tenantId, cursor, limit + 1);
    const items = rows.slice(0, limit).map(showEntry);
    return answerPage({ items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null });
  }

  /** Whether the chain is whole. */
  @Get('job-audit/verdict')
  @Access('admin')
  verify(@Caller() { tenantId }: CallerIdentity): Promise<AuditVerdict> {
    return this.audit.verify(tenantId);
  }

  private async change(caller: CallerIdentity, id: string, wish: JobWish): Promise<ShownJob> {
    return showJob(await this.ledger.change(callerOf(caller), id, wish), this.clock.now());
  }
}

function showEntry({ id, jobId, at, actor, action, details, hash }: StoredEntry): ShownEntry {
  return { id, jobId, at, actor, action, details, hash: hash.toString('hex') };
}

async function* linesOf(rows: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}
