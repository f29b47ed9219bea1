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
import {
  BulkInput,
  type FoundRegion,
  LayoutBulk,
  LayoutRegions,
  type Region,
  RegionInput,
  RegionPatch,
  RegionSearch,
} from '../dashboards/index.js';
import { AnswerExamples, DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { expectedVersion } from './expected-version.js';
import { VersionOnly } from './dashboard-callers.js';
import { REGION_EXAMPLES } from './examples/layouts.js';
import { answerPage, type PageAnswer } from './inputs.js';
import { type OperationAnswer, RegionList, showOperation } from './layout-answers.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

/** Where the caller stands. */
const who = ({ tenantId, keyId: actor }: CallerIdentity) => ({ tenantId, actor });

/** Regions of a layout. */
@AnswerExamples(REGION_EXAMPLES)
@Controller('api/layouts/:id/regions')
@Access('editor')
@UseInterceptors(VersionedAnswer)
export class LayoutRegionsController {
  constructor(
    private readonly regions: LayoutRegions,
    private readonly bulks: LayoutBulk,
    private readonly search: RegionSearch,
  ) {}

  @Post()
  @DescribeRequest(VERSIONED_CHANGE)
  async create(
    @Caller() caller: CallerIdentity,
    @Param('id') layoutId: string,
    @Body({ schema: RegionInput }) input: RegionInput,
    @Req() request: Request,
  ): Promise<Region | null> {
    const layoutVersion = expectedVersion(request);
    return (await this.regions.create(who(caller), layoutId, input, layoutVersion)).region;
  }

  @Post('bulk')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(200)
  async bulk(
    @Caller() caller: CallerIdentity,
    @Param('id') layoutId: string,
    @Body({ schema: BulkInput }) input: BulkInput,
    @Req() request: Request,
  ): Promise<OperationAnswer> {
    const version = expectedVersion(request, input.version);
    return showOperation(await this.bulks.change(who(caller), layoutId, { ...input, version }));
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Param('id') layoutId: string,
    @Query({ schema: RegionList }) { search: words, kind, ...page }: RegionList,
  ): Promise<PageAnswer<FoundRegion>> {
    return answerPage(await this.search.find({ tenantId, layoutId, kind, words }, page));
  }

  @Get(':regionId')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(
    @Caller() { tenantId }: CallerIdentity,
    @Param('id') layoutId: string,
    @Param('regionId') regionId: string,
  ): Promise<Region> {
    return this.search.get(tenantId, layoutId, regionId);
  }

  @Patch(':regionId')
  @DescribeRequest(VERSIONED_CHANGE)
  async change(
    @Caller() caller: CallerIdentity,
    @Param() { id: layoutId = '', regionId = '' }: Readonly<Record<string, string>>,
    @Body({ schema: RegionPatch }) { version: inBody, ...fields }: RegionPatch,
    @Req() request: Request,
  ): Promise<Region | null> {
    const version = expectedVersion(request, inBody);
    return (await this.regions.update(who(caller), { layoutId, regionId, version }, fields)).region;
  }

  @Delete(':regionId')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(204)
  async delete(
    @Caller() caller: CallerIdentity,
    @Param() { id: layoutId = '', regionId = '' }: Readonly<Record<string, string>>,
    @Body({ schema: VersionOnly }) deletion: VersionOnly,
    @Req() request: Request,
  ): Promise<void> {
    const version = expectedVersion(request, deletion?.version);
    await this.regions.delete(who(caller), { layoutId, regionId, version });
  }
}
