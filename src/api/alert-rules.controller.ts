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
import { z } from 'zod';
import {
  AlertRules,
  defineRule,
  Deletion,
  PreviewInput,
  RuleInput,
  RulePatch,
  RulePreview,
  type RulePreviewReport,
  RuleReplacement,
  type ShownRule,
} from '../alerting/index.js';
import { DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertingCallers } from './alerting-callers.js';
import { expectedVersion } from './expected-version.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

const RuleList = NumberedPage.extend({ origin: z.enum(['built-in', 'user', 'slo']).optional() });

/** What is watched for the caller's tenant. */
@Controller('api/alert-rules')
@Access('editor')
@UseInterceptors(VersionedAnswer)
export class AlertRulesController {
  constructor(
    private readonly rules: AlertRules,
    private readonly previews: RulePreview,
    private readonly callers: AlertingCallers,
  ) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: RuleInput }) input: z.infer<typeof RuleInput>,
  ): Promise<ShownRule> {
    return this.rules.create(this.callers.of(caller), input);
  }

  /** How often the rule would have fired in the last seven days. Nothing is stored. */
  @Post('preview')
  @HttpCode(200)
  preview(
    @Caller() { tenantId }: CallerIdentity,
    @Body({ schema: PreviewInput }) input: z.infer<typeof PreviewInput>,
  ): Promise<RulePreviewReport> {
    return this.previews.preview(tenantId, defineRule({ ...input, name: input.name ?? 'Preview' }));
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: RuleList }) { origin, ...page }: z.infer<typeof RuleList>,
  ): Promise<PageAnswer<ShownRule>> {
    return answerPage(await this.rules.list({ tenantId, origin }, page));
  }

  @Get(':id')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<ShownRule> {
    return this.rules.get(tenantId, id);
  }

  @Put(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  replace(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: RuleReplacement }) input: z.infer<typeof RuleReplacement>,
    @Req() request: Request,
  ): Promise<ShownRule> {
    const version = expectedVersion(request, input.version);
    return this.rules.replace(this.callers.of(caller), id, { ...input, version });
  }

  @Patch(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  change(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: RulePatch }) patch: z.infer<typeof RulePatch>,
    @Req() request: Request,
  ): Promise<ShownRule> {
    const version = expectedVersion(request, patch.version);
    return this.rules.change(this.callers.of(caller), id, { ...patch, version });
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
    return this.rules.delete(this.callers.of(caller), id, expectedVersion(request, deletion?.version));
  }
}
