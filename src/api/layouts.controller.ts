import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import {
  type ExportedLayout,
  type FoundRegion,
  LayoutImport,
  LayoutInput,
  LayoutPatch,
  Layouts,
  LayoutTransfer,
  RegionSearch,
  type ShownLayout,
  type ShownLayoutWithRegions,
} from '../dashboards/index.js';
import { AnswerExamples, DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { expectedVersion } from './expected-version.js';
import { DashboardCallers, VersionOnly } from './dashboard-callers.js';
import { LAYOUT_EXAMPLES } from './examples/layouts.js';
import { answerPage, Name, NumberedPage, type PageAnswer } from './inputs.js';
import { RegionList } from './layout-answers.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

const LayoutList = NumberedPage.extend({
  search: Name.optional(),
  state: z.enum(['present', 'deleted']).default('present'),
});

/** Layouts of the caller's tenant. */
@AnswerExamples(LAYOUT_EXAMPLES)
@Controller('api/layouts')
@Access('editor')
@UseInterceptors(VersionedAnswer)
export class LayoutsController {
  constructor(
    private readonly layouts: Layouts,
    private readonly transfer: LayoutTransfer,
    private readonly regions: RegionSearch,
    private readonly callers: DashboardCallers,
  ) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: LayoutInput }) input: LayoutInput,
  ): Promise<ShownLayoutWithRegions> {
    return this.layouts.create(this.callers.of(caller), input);
  }

  @Post('import')
  import(
    @Caller() caller: CallerIdentity,
    @Body({ schema: LayoutImport }) input: LayoutImport,
  ): Promise<ShownLayoutWithRegions> {
    return this.transfer.import(this.callers.of(caller), input);
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: LayoutList }) { search, state, ...page }: z.infer<typeof LayoutList>,
  ): Promise<PageAnswer<ShownLayout>> {
    const filter = { tenantId, search, isDeleted: state === 'deleted' };
    return answerPage(await this.layouts.list(filter, page));
  }

  /** Of all layouts. Before `:id`, which would take it for one. */
  @Get('regions')
  @Access('viewer')
  async findRegions(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: RegionList }) { search: words, kind, ...page }: RegionList,
  ): Promise<PageAnswer<FoundRegion>> {
    return answerPage(await this.regions.find({ tenantId, kind, words }, page));
  }

  @Get(':id')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<ShownLayoutWithRegions> {
    return this.layouts.get(tenantId, id);
  }

  @Get(':id/export')
  @Access('viewer')
  export(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<ExportedLayout> {
    return this.transfer.exportOf(tenantId, id);
  }

  @Patch(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  change(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: LayoutPatch }) patch: LayoutPatch,
    @Req() request: Request,
  ): Promise<ShownLayout> {
    const version = expectedVersion(request, patch.version);
    return this.layouts.change(this.callers.of(caller), id, { ...patch, version });
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
    return this.layouts.delete(this.callers.of(caller), id, expectedVersion(request, deletion?.version));
  }

  @Post(':id/restore')
  @DescribeRequest(VERSIONED_CHANGE)
  @HttpCode(200)
  restore(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: VersionOnly }) step: VersionOnly,
    @Req() request: Request,
  ): Promise<ShownLayoutWithRegions> {
    const version = expectedVersion(request, step?.version);
    return this.layouts.restore(this.callers.of(caller), id, version);
  }
}
