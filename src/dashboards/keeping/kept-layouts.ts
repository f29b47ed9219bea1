import { Injectable } from '@nestjs/common';
import { cacheKey, CacheService, type EntryOptions, type WarmupItem } from '../../cache/index.js';
import { Clock } from '../../kernel/clock.js';
import { LayoutRepository } from '../layouts/layout.repository.js';
import { type ShownLayoutWithRegions, showWithRegions } from '../layouts/shown-layout.js';
import { KeepingGate } from './keeping-gate.js';
import { LAYOUT_ENTITY } from './layout-invalidation.js';

/** Changes invalidate a layout at once; these times are for changes that nobody was told of. */
const KEPT: EntryOptions = { ttlMs: 60_000, graceMs: 300_000 };
/** A layout that nobody has read for so long is not refreshed any more. */
const ACTIVE_MS = 5 * 60_000;
const MOST_ACTIVE = 1_000;

/** Which layout, and whose. */
export interface LayoutPlace {
  readonly tenantId: string;
  readonly layoutId: string;
}

/** Layouts with their regions, from the cache: old ones are answered while they are loaded again, changed ones never. */
@Injectable()
export class KeptLayouts {
  /** When each was read last, on the monotonic clock; the longest unread first. */
  private readonly readAt = new Map<string, LayoutPlace & { readonly atMs: number }>();

  constructor(
    private readonly cache: CacheService,
    private readonly layouts: LayoutRepository,
    private readonly gate: KeepingGate,
    private readonly clock: Clock,
  ) {}

  /** Undefined when the tenant has no such layout. */
  async read(place: LayoutPlace): Promise<ShownLayoutWithRegions | undefined> {
    const item = this.itemOf(place);
    if (item === undefined) return this.load(place);
    const layout = await this.cache.getOrLoad(item.key, () => this.load(place), KEPT);
    if (layout !== undefined) this.note(item.key, place);
    return layout;
  }

  /** How it is loaded ahead of its readers; undefined while nothing is kept. */
  itemOf(place: LayoutPlace): WarmupItem | undefined {
    const { generation } = this.gate;
    if (generation === undefined) return undefined;
    const key = cacheKey(LAYOUT_ENTITY, place.layoutId, place.tenantId, generation);
    return { key, load: () => this.load(place), options: KEPT };
  }

  /** Those that were read within the last minutes. */
  active(): readonly WarmupItem[] {
    const since = this.clock.monotonic() - ACTIVE_MS;
    for (const [key, { atMs }] of this.readAt) if (atMs < since) this.readAt.delete(key);
    return [...this.readAt.values()].flatMap((place) => this.itemOf(place) ?? []);
  }

  private async load({ tenantId, layoutId }: LayoutPlace): Promise<ShownLayoutWithRegions | undefined> {
    const layout = await this.layouts.findWithRegions(tenantId, layoutId);
    return layout && showWithRegions(layout);
  }

  private note(key: string, place: LayoutPlace): void {
    this.readAt.delete(key);
    this.readAt.set(key, { ...place, atMs: this.clock.monotonic() });
    const [oldest] = this.readAt.keys();
    if (this.readAt.size > MOST_ACTIVE && oldest !== undefined) this.readAt.delete(oldest);
  }
}
