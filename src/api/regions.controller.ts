import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { type FoundRegion, RegionSearch, RowId } from '../dashboards/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { answerPage, type PageAnswer } from './inputs.js';
import { RegionList } from './layout-answers.js';

const FoundRegionList = RegionList.extend({ layout: RowId.optional() });

/** Regions of all layouts of the caller's tenant. */
@Controller('api/regions')
@Access('viewer')
export class RegionsController {
  constructor(private readonly regions: RegionSearch) {}

  @Get()
  async find(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: FoundRegionList })
    { search: words, kind, layout: layoutId, ...page }: z.infer<typeof FoundRegionList>,
  ): Promise<PageAnswer<FoundRegion>> {
    return answerPage(await this.regions.find({ tenantId, layoutId, kind, words }, page));
  }
}
