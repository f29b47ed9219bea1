import { Injectable } from '@nestjs/common';
import { CacheService } from './cache.service.js';
import { CacheOptionError, checkList } from './errors.js';
import type { Invalidation, InvalidationReceipt } from './invalidation.js';
import { metricsTag, selectionTag, tagOf } from './tags.js';

/** Names that are invalidated one by one; beyond it everything computed from the tenant's measurements is. */
const MOST_NAMES = 256;

/** Entities of the answers computed from measurements. */
export const METRICS_ENTITIES = { stats: 'http-stats', timeseries: 'http-timeseries' } as const;

/** A series that got new events. */
interface ChangedSeries {
  readonly scraperSource: string;
  readonly metricType: string;
}

/** What happened, in the terms of who noticed it. */
export type CacheEvent =
  | {
      readonly type: 'metrics.ingested';
      readonly tenantId: string;
      /** all: when it is not known which. */
      readonly series: readonly ChangedSeries[] | 'all';
    }
  /** Measurements of any tenant are gone: retention. */
  | { readonly type: 'metrics.expired' }
  | { readonly type: 'account.updated'; readonly tenantId: string; readonly accountId: string }
  | { readonly type: 'scraper.finished'; readonly tenantId: string; readonly scrapers: readonly string[] }
  | { readonly type: 'region.changed'; readonly tenantId: string; readonly regionId: string }
  | { readonly type: 'platform.changed'; readonly tenantId: string; readonly platform: string }
  /** Anything else: all values of an entity, or of one of its ids. */
  | { readonly type: 'entity.changed'; readonly entity: string; readonly id?: string };

type Rule<Type extends CacheEvent['type']> = (event: Extract<CacheEvent, { type: Type }>) => Invalidation;

/**
 * What each event invalidates. Values with a key of the entity named here need no tag; others carry it:
 * `tagOf('account', tenantId, accountId)` for one account, `tagOf('accounts', tenantId)` for a list of them.
 */
const RULES: { readonly [Type in CacheEvent['type']]: Rule<Type> } = {
  'metrics.ingested': ({ tenantId, series }) => ({ tags: ingestedTags(tenantId, series) }),
  'metrics.expired': () => ({ entities: Object.values(METRICS_ENTITIES).map((entity) => ({ entity })) }),
  'account.updated': ({ tenantId, accountId }) => ({
    entities: [{ entity: 'account', id: accountId }],
    tags: [tagOf('account', tenantId, accountId), tagOf('accounts', tenantId)],
  }),
  'scraper.finished': ({ tenantId, scrapers }) => {
    checkList('scrapers', scrapers);
    const tags = scrapers.map((scraper) => tagOf('scraper', tenantId, scraper));
    return { tags: [tagOf('scrapers', tenantId), ...tags] };
  },
  'region.changed': ({ tenantId, regionId }) => ({
    entities: [{ entity: 'region', id: regionId }],
    tags: [tagOf('region', tenantId, regionId), tagOf('regions', tenantId)],
  }),
  'platform.changed': ({ tenantId, platform }) => ({ tags: [tagOf('platform', tenantId, platform)] }),
  'entity.changed': ({ entity, id }) => ({ entities: [{ entity, ...(id !== undefined && { id }) }] }),
};

/** Invalidates by what happened, so that whoever changes something need not know what was computed from it. */
@Injectable()
export class CacheEvents {
  constructor(private readonly cache: CacheService) {}

  /**
   * Call it after the change is committed, and before anybody is told.
   * @throws CacheOptionError CACHE_OPTION_INVALID: there is no such event; and as CacheService.invalidate
   */
  async announce(event: CacheEvent): Promise<InvalidationReceipt> {
    return this.cache.invalidate(invalidationFor(event));
  }
}

/** What `event` invalidates. @throws CacheOptionError, CacheTagError */
export function invalidationFor(event: CacheEvent): Invalidation {
  const type: unknown = (event as CacheEvent | null | undefined)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(RULES, type))
    throw new CacheOptionError('type', `of an event must be one of ${Object.keys(RULES).join(', ')}`);
  // The compiler cannot see that the rule found by an event's type takes that event.
  const rule = RULES[event.type] as (event: CacheEvent) => Invalidation;
  return rule(event);
}

/** Of each series the four selections it is in. */
function ingestedTags(tenantId: string, series: readonly ChangedSeries[] | 'all'): readonly string[] {
  if (series === 'all') return [metricsTag(tenantId)];
  const tags = new Set<string>();
  checkList('series', series);
  for (const one of series) {
    checkSeries(one);
    const { scraperSource, metricType } = one;
    tags.add(selectionTag(tenantId, { scraperSource, metricType }));
    tags.add(selectionTag(tenantId, { scraperSource }));
    tags.add(selectionTag(tenantId, { metricType }));
    tags.add(selectionTag(tenantId, {}));
    if (tags.size > MOST_NAMES) return [metricsTag(tenantId)];
  }
  return [...tags];
}

/** What is left out would stand for any: the selections that changed would stay. */
function checkSeries(series: ChangedSeries | null): void {
  if (typeof series?.scraperSource === 'string' && typeof series.metricType === 'string') return;
  throw new CacheOptionError('series', 'must name a scraperSource and a metricType each');
}
