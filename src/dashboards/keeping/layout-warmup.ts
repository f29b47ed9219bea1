import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CacheWarmer, type WarmupContext, type WarmupItem } from '../../cache/index.js';
import { LayoutRepository } from '../layouts/layout.repository.js';
import { KeptLayouts } from './kept-layouts.js';

/** Layouts that a warm-up loads: those that were edited last. */
const MOST_LAYOUTS = 500;
/** Operations that it looks through for them. */
const MOST_OPERATIONS = 20_000;
/** The same for one tenant, when somebody of it comes back. */
const MOST_OF_TENANT = 20;

/** Has layouts in the cache before anybody asks, and keeps those there that are asked for. */
@Injectable()
export class LayoutWarmup implements OnModuleInit {
  constructor(
    private readonly warmer: CacheWarmer,
    private readonly layouts: LayoutRepository,
    private readonly kept: KeptLayouts,
  ) {}

  onModuleInit(): void {
    const { registry } = this.warmer;
    registry.register({
      name: 'layouts',
      strategies: ['HIGH_FREQUENCY', 'RECENT_DATA'],
      priority: 60,
      isForLogin: true,
      items: (context) => this.items(context),
    });
    registry.registerActive('layouts', () => this.kept.active());
  }

  private async items({ tenantId, since }: WarmupContext): Promise<readonly WarmupItem[]> {
    const places =
      tenantId === undefined
        ? await this.layouts.editedLast({ since, limit: MOST_LAYOUTS, operations: MOST_OPERATIONS })
        : await this.layouts.changedLastOf(tenantId, MOST_OF_TENANT);
    return places.flatMap((place) => this.kept.itemOf(place) ?? []);
  }
}
