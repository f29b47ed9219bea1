import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import {
  LayoutBulk,
  LayoutSteps,
  type OperationOutline,
  RegionsImport,
  StepInput,
} from '../dashboards/index.js';
import { AnswerExamples, DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { expectedVersion } from './expected-version.js';
import { VersionOnly } from './dashboard-callers.js';
import { STEP_EXAMPLES } from './examples/layouts.js';
import { answerPage, Name, NumberedPage, type PageAnswer } from './inputs.js';
import { type OperationAnswer, showOperation } from './layout-answers.js';
import { BASED_ON_VERSION } from './versioned-answer.js';

const HistoryList = NumberedPage.extend({ actor: Name.max(64).optional() });

/** What was done to a layout as a whole, and the way back. */
@AnswerExamples(STEP_EXAMPLES)
@Controller('api/layouts/:id')
@Access('editor')
export class LayoutStepsController {
  constructor(
    private readonly steps: LayoutSteps,
    private readonly bulks: LayoutBulk,
  ) {}

  @Post('undo')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(200)
  async undo(
    @Caller() { tenantId, keyId: actor }: CallerIdentity,
    @Param('id') layoutId: string,
    @Body({ schema: StepInput }) step: StepInput,
    @Req() request: Request,
  ): Promise<OperationAnswer> {
    const version = expectedVersion(request, step?.version);
    const target = { layoutId, before: step?.before, version };
    return showOperation(await this.steps.undo({ tenantId, actor }, target));
  }

  @Post('redo')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(200)
  async redo(
    @Caller() { tenantId, keyId: actor }: CallerIdentity,
    @Param('id') layoutId: string,
    @Body({ schema: VersionOnly }) step: VersionOnly,
    @Req() request: Request,
  ): Promise<OperationAnswer> {
    const version = expectedVersion(request, step?.version);
    return showOperation(await this.steps.redo({ tenantId, actor }, { layoutId, version }));
  }

  /** Puts what was exported in the place of all regions. */
  @Post('import')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(200)
  async replaceRegions(
    @Caller() { tenantId, keyId: actor }: CallerIdentity,
    @Param('id') layoutId: string,
    @Body({ schema: RegionsImport }) input: RegionsImport,
    @Req() request: Request,
  ): Promise<OperationAnswer> {
    const version = expectedVersion(request, input.version);
    const edited = await this.bulks.replaceAll({ tenantId, actor }, layoutId, { ...input, version });
    return showOperation(edited);
  }

  @Get('history')
  @Access('viewer')
  async history(
    @Caller() { tenantId }: CallerIdentity,
    @Param('id') layoutId: string,
    @Query({ schema: HistoryList }) page: z.infer<typeof HistoryList>,
  ): Promise<PageAnswer<OperationOutline>> {
    return answerPage(await this.steps.history({ tenantId, layoutId }, page));
  }
}
