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
  type Dashboard,
  DashboardInput,
  DashboardPatch,
  DashboardReplacement,
  Dashboards,
} from '../dashboards/index.js';
import { AnswerExamples, DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { expectedVersion } from './expected-version.js';
import { DashboardCallers, VersionOnly } from './dashboard-callers.js';
import { DASHBOARD_EXAMPLES } from './examples/dashboards.js';
import { answerPage, Name, NumberedPage, type PageAnswer } from './inputs.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

const DashboardList = NumberedPage.extend({
  search: Name.optional(),
  owner: z.literal('me').optional(),
});

/** Saved dashboards that the caller may see. */
@AnswerExamples(DASHBOARD_EXAMPLES)
@Controller('api/dashboards')
@Access('editor')
@UseInterceptors(VersionedAnswer)
export class DashboardsController {
  constructor(
    private readonly dashboards: Dashboards,
    private readonly callers: DashboardCallers,
  ) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: DashboardInput }) input: DashboardInput,
  ): Promise<Dashboard> {
    return this.dashboards.create(this.callers.of(caller), input);
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() caller: CallerIdentity,
    @Query({ schema: DashboardList }) { search, owner, ...page }: z.infer<typeof DashboardList>,
  ): Promise<PageAnswer<Dashboard>> {
    const filter = { search, isOwn: owner === 'me' };
    return answerPage(await this.dashboards.list(this.callers.of(caller), filter, page));
  }

  @Get(':id')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<Dashboard> {
    return this.dashboards.get(this.callers.of(caller), id);
  }

  @Put(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  replace(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: DashboardReplacement }) input: DashboardReplacement,
    @Req() request: Request,
  ): Promise<Dashboard> {
    const version = expectedVersion(request, input.version);
    return this.dashboards.replace(this.callers.of(caller), id, { ...input, version });
  }

  @Patch(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  change(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: DashboardPatch }) patch: DashboardPatch,
    @Req() request: Request,
  ): Promise<Dashboard> {
    const version = expectedVersion(request, patch.version);
    return this.dashboards.change(this.callers.of(caller), id, { ...patch, version });
  }

  @Delete(':id')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(204)
  delete(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: VersionOnly }) deletion: VersionOnly,
    @Req() request: Request,
  ): Promise<void> {
    return this.dashboards.delete(this.callers.of(caller), id, expectedVersion(request, deletion?.version));
  }
}
