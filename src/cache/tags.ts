import { createHash } from 'node:crypto';
import { CacheTagError } from './errors.js';

/** Longer parts are hashed: a tag stays far below the bound of the cache. */
const LONGEST_PART = 300;
const ANY = '*';

/** Which of a tenant's series are meant; what is left out stands for any. */
export interface SeriesSelection {
  readonly scraperSource?: string | undefined;
  readonly metricType?: string | undefined;
}

/** Tag of every value that was computed from measurements of a tenant. */
export function metricsTag(tenantId: string): string {
  return tagOf('metrics', tenantId);
}

/**
 * Tag of the values computed from exactly this selection: "any source" is a selection of its own. A new event changes
 * the four selections that have it.
 */
export function selectionTag(tenantId: string, { scraperSource, metricType }: SeriesSelection): string {
  return `${metricsTag(tenantId)}:${partOf(scraperSource)}:${partOf(metricType)}`;
}

/** The parts with colons between them; no two lists of parts give the same tag. @throws CacheTagError */
export function tagOf(...parts: readonly string[]): string {
  for (const part of parts) if (typeof part !== 'string') throw new CacheTagError(part);
  return parts.map(partOf).join(':');
}

/** Two parts that are the same when hashed would only be invalidated together. */
function partOf(text: string | undefined): string {
  if (text === undefined) return ANY;
  const escaped = text.replace(/[%:*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return escaped.length <= LONGEST_PART ? escaped : createHash('sha256').update(text).digest('hex');
}
