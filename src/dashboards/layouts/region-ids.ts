import { Injectable } from '@nestjs/common';
import { RegionRepository } from './region.repository.js';

const AT_ONCE = 64;

/** Ids for new regions, fetched ahead: making a region then needs no round trip for its id. */
@Injectable()
export class RegionIds {
  private readonly ahead: string[] = [];

  constructor(private readonly regions: RegionRepository) {}

  async take(count: number): Promise<readonly string[]> {
    while (this.ahead.length < count)
      this.ahead.push(...(await this.regions.reserveIds(Math.max(count, AT_ONCE))));
    return this.ahead.splice(0, count);
  }
}
