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
    if (layoutId !== undefined && !isRowId(layoutId)) throw new LayoutNotFoundError(layoutId);
    const found = await this.regions.find(filter, page);
    // Whatever was found is in a layout of the tenant.
    if (layoutId !== undefined && found.items.length === 0) await this.refuseForeign(tenantId, layoutId);
    return found;
  }

  private async refuseForeign(tenantId: string, layoutId: string): Promise<void> {
    if ((await this.feed.find(tenantId, layoutId)) === undefined) throw new LayoutNotFoundError(layoutId);
  }
}
