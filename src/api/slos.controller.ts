import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import {
  Deletion,
  type ShownSlo,
  SloInput,
  SloPatch,
  SloReplacement,
  type SloReport,
  Slos,
  SloStatus,
} from '../alerting/index.js';
import { DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertingCallers } from './alerting-callers.js';
import { expectedVersion } from './expected-version.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

/** Service level objectives of the caller's tenant. */
@Controller('api/slos')
@Access('editor')
@UseInterceptors(VersionedAnswer)
export class SlosController {
  constructor(
    private readonly slos: Slos,
    private readonly status: SloStatus,
    private readonly callers: AlertingCallers,
  ) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: SloInput }) input: z.infer<typeof SloInput>,
  ): Promise<ShownSlo> {
    return this.slos.create(this.callers.of(caller), input);
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: NumberedPage }) page: z.infer<typeof NumberedPage>,
  ): Promise<PageAnswer<ShownSlo>> {
    return answerPage(await this.slos.list(tenantId, page));
  }

  @Get(':id')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<ShownSlo> {
    return this.slos.get(tenantId, id);
  }

  /** What is left of the budget, and how fast it goes. */
  @Get(':id/status')
  @Access('viewer')
  report(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<SloReport> {
    return this.status.report(tenantId, id);
  }

  @Put(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  replace(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: SloReplacement }) input: z.infer<typeof SloReplacement>,
    @Req() request: Request,
  ): Promise<ShownSlo> {
    const version = expectedVersion(request, input.version);
    return this.slos.replace(this.callers.of(caller), id, { ...input, version });
  }

  @Patch(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  change(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: SloPatch }) patch: z.infer<typeof SloPatch>,
    @Req() request: Request,
  ): Promise<ShownSlo> {
    const version = expectedVersion(request, patch.version);
    return this.slos.change(this.callers.of(caller), id, { ...patch, version });
  }

  @Delete(':id')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(204)
  delete(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: Deletion }) deletion: Deletion,
    @Req() request: Request,
  ): Promise<void> {
    return this.slos.delete(this.callers.of(caller), id, expectedVersion(request, deletion?.version));
  }
}
