import { Injectable } from '@nestjs/common';
import { isRowId, type Page, type PageRequest } from '../kernel/page.js';
import { LayoutNotFoundError, RegionNotFoundError } from './errors.js';
import { LayoutFeed } from './layout-feed.js';
import { Layouts } from './layouts.js';
import type { Region } from './layouts/region.js';
import {
  type FoundRegion,
  type RegionFilter,
  RegionSearchRepository,
} from './layouts/region-search.repository.js';

/** Regions by where they are and what is in them. */
@Injectable()
export class RegionSearch {
  constructor(
    private readonly layouts: Layouts,
    private readonly feed: LayoutFeed,
    private readonly regions: RegionSearchRepository,
  ) {}

  /** @throws LayoutNotFoundError LAYOUT_NOT_FOUND, RegionNotFoundError LAYOUT_REGION_NOT_FOUND */
  async get(tenantId: string, layoutId: string, regionId: string): Promise<Region> {
    const { regions } = await this.layouts.get(tenantId, layoutId);
    const region = regions.find(({ id }) => id === regionId);
    if (region === undefined) throw new RegionNotFoundError(layoutId, regionId);
    return region;
  }

  /** In the order of creation. @throws LayoutNotFoundError LAYOUT_NOT_FOUND */
  async find(filter: RegionFilter, page: PageRequest): Promise<Page<FoundRegion>> {
    const { tenantId, layoutId } = filter;
    if (layoutId !== undefined) await this.refuseForeign(tenantId, layoutId);
    return this.regions.find(filter, page);
  }

  private async refuseForeign(tenantId: string, layoutId: string): Promise<void> {
    const layout = isRowId(layoutId) ? await this.feed.find(tenantId, layoutId) : undefined;
    if (layout === undefined) throw new LayoutNotFoundError(layoutId);
  }
}
