import { Injectable } from '@nestjs/common';
import { cacheKey, CacheService, type EntryOptions, type WarmupItem } from '../../cache/index.js';
import { Clock } from '../../kernel/clock.js';
import { LayoutRepository } from '../layouts/layout.repository.js';
import { type ShownLayoutWithRegions, showWithRegions } from '../layouts/shown-layout.js';
import { KeepingGate } from './keeping-gate.js';
import { LAYOUT_ENTITY, LayoutInvalidation } from './layout-invalidation.js';

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

/** A layout that was read. */
interface ReadLayout extends LayoutPlace {
  /** On the monotonic clock. */
  readonly atMs: number;
  /** That the database was seen to have; Infinity: it was gone. */
  seenVersion: number;
}

/**
 * Layouts with their regions, from the cache: old ones are answered while they are loaded again, changed ones never.
 * Who changes a layout invalidates it. For changes that nobody tells of, as when a process ends between its commit and
 * its word, `check` looks at the versions.
 */
@Injectable()
export class KeptLayouts {
  /** By key; the longest unread first. */
  private readonly lately = new Map<string, ReadLayout>();

  constructor(
    private readonly cache: CacheService,
    private readonly layouts: LayoutRepository,
    private readonly gate: KeepingGate,
    private readonly invalidation: LayoutInvalidation,
    private readonly clock: Clock,
  ) {}

  /** Undefined when the tenant has no such layout. */
  async read(place: LayoutPlace): Promise<ShownLayoutWithRegions | undefined> {
    const item = this.itemOf(place);
    if (item === undefined) return this.load(place);
    const layout = await this.cache.getOrLoad(item.key, () => this.load(place), KEPT);
    if (layout === undefined || layout.version >= this.note(item.key, place)) return layout;
    await this.invalidation.invalidate(place.layoutId);
    return this.load(place);
  }

  /** Looks at the versions of what was read lately, by one statement: from now on nobody is answered an older one. */
  async check(): Promise<void> {
    const read = this.readLately();
    if (read.length === 0) return;
    const versions = await this.layouts.versions(read.map(({ layoutId }) => layoutId));
    for (const one of read) one.seenVersion = versions.get(one.layoutId) ?? Infinity;
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
    return this.readLately().flatMap((place) => this.itemOf(place) ?? []);
  }

  private async load({ tenantId, layoutId }: LayoutPlace): Promise<ShownLayoutWithRegions | undefined> {
    const layout = await this.layouts.findWithRegions(tenantId, layoutId);
    return layout && showWithRegions(layout);
  }

  private readLately(): readonly ReadLayout[] {
    const since = this.clock.monotonic() - ACTIVE_MS;
    for (const [key, { atMs }] of this.lately) if (atMs < since) this.lately.delete(key);
    return [...this.lately.values()];
  }

  /** Returns the version that the database has at least. */
  private note(key: string, place: LayoutPlace): number {
    const seenVersion = this.lately.get(key)?.seenVersion ?? 0;
    this.lately.delete(key);
    this.lately.set(key, { ...place, seenVersion, atMs: this.clock.monotonic() });
    const [oldest] = this.lately.keys();
    if (this.lately.size > MOST_ACTIVE && oldest !== undefined) this.lately.delete(oldest);
    return seenVersion;
  }
}
