import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import {
  Deletion,
  SilenceInput,
  SilencePatch,
  SilenceReplacement,
  Silences,
  type StoredSilence,
} from '../alerting/index.js';
import { DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertingCallers } from './alerting-callers.js';
import { expectedVersion } from './expected-version.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

const SilenceList = NumberedPage.extend({ state: z.enum(['pending', 'active', 'expired']).optional() });

/** When nothing is told, of what. */
@Controller('api/silences')
@Access('editor')
@UseInterceptors(VersionedAnswer)
export class SilencesController {
  constructor(
    private readonly silences: Silences,
    private readonly callers: AlertingCallers,
  ) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: SilenceInput }) input: z.infer<typeof SilenceInput>,
  ): Promise<StoredSilence> {
    return this.silences.create(this.callers.of(caller), input);
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: SilenceList }) { state, ...page }: z.infer<typeof SilenceList>,
  ): Promise<PageAnswer<StoredSilence>> {
    return answerPage(await this.silences.list({ tenantId, state }, page));
  }

  @Get(':id')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<StoredSilence> {
    return this.silences.get(tenantId, id);
  }

  @Put(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  replace(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: SilenceReplacement }) input: z.infer<typeof SilenceReplacement>,
    @Req() request: Request,
  ): Promise<StoredSilence> {
    const version = expectedVersion(request, input.version);
    return this.silences.replace(this.callers.of(caller), id, { ...input, version });
  }

  @Patch(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  change(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: SilencePatch }) patch: z.infer<typeof SilencePatch>,
    @Req() request: Request,
  ): Promise<StoredSilence> {
    const version = expectedVersion(request, patch.version);
    return this.silences.change(this.callers.of(caller), id, { ...patch, version });
  }

  /** Ends it now; it stays in the list. */
  @Delete(':id')
  @DescribeRequest(BASED_ON_VERSION)
  end(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: Deletion }) deletion: Deletion,
    @Req() request: Request,
  ): Promise<StoredSilence> {
    return this.silences.end(this.callers.of(caller), id, expectedVersion(request, deletion?.version));
  }
}
