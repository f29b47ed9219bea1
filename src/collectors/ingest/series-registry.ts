import { Injectable } from '@nestjs/common';
import { SeriesLimitError } from '../errors.js';
import { type SeriesNames, SeriesRepository } from './series.repository.js';

/** Pairs of source and type a tenant may have: each costs a rollup row an hour. */
const SERIES_PER_TENANT = 10_000;

/** Ids kept in memory over all tenants, about 200 bytes each. */
const REMEMBERED_SERIES = 50_000;

/**
 * Gives series their ids. Ids never change and series are never deleted, so remembering them needs no
 * invalidation; the oldest are forgotten above a bound.
 */
@Injectable()
export class SeriesRegistry {
  private readonly ids = new Map<string, number>();

  constructor(private readonly series: SeriesRepository) {}

  /**
   * The ids of the series that `events` name, in their order; unknown series are created.
   * @throws SeriesLimitError COLLECTORS_SERIES_LIMIT
   */
  async resolve(tenantId: string, events: readonly SeriesNames[]): Promise<number[]> {
    const keys = events.map((names) => keyOf(tenantId, names));
    const known = new Map<string, number>();
    const missing = new Map<string, SeriesNames>();
    events.forEach((names, index) => {
      const key = keys[index] ?? '';
      const id = this.ids.get(key);
      if (id === undefined) missing.set(key, names);
      else known.set(key, id);
    });
    if (missing.size > 0) await this.load(tenantId, [...missing.values()], known);
    return keys.map((key) => known.get(key) ?? 0);
  }

  private async load(
    tenantId: string,
    names: readonly SeriesNames[],
    known: Map<string, number>,
  ): Promise<void> {
    const found = await this.series.find(tenantId, names);
    this.remember(tenantId, found, known);
    const missing = names.filter((name) => !known.has(keyOf(tenantId, name)));
    if (missing.length === 0) return;
    const isCreated = await this.series.createWithin(SERIES_PER_TENANT, tenantId, missing);
    if (!isCreated) throw new SeriesLimitError(SERIES_PER_TENANT);
    this.remember(tenantId, await this.series.find(tenantId, missing), known);
  }

  private remember(
    tenantId: string,
    found: readonly (SeriesNames & { readonly id: number })[],
    known: Map<string, number>,
  ): void {
    for (const series of found) {
      known.set(keyOf(tenantId, series), series.id);
      this.ids.set(keyOf(tenantId, series), series.id);
    }
    for (const oldest of this.ids.keys()) {
      if (this.ids.size <= REMEMBERED_SERIES) break;
      this.ids.delete(oldest);
    }
  }
}

/** Names cannot hold a quote, so it separates them without doubt. */
function keyOf(tenantId: string, { scraperSource, metricType }: SeriesNames): string {
  return `${tenantId}"${scraperSource}"${metricType}`;
}
