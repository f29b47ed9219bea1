import { AnomalyObserver } from '../../src/alerting/anomaly/anomaly-observer.js';
import { ModelShelf } from '../../src/alerting/anomaly/model-shelf.js';
import { ModelUpkeep } from '../../src/alerting/anomaly/model-upkeep.js';
import type { RuleOf } from '../../src/alerting/model/observer.js';
import { StepRepository } from '../../src/collectors/anomalies/step.repository.js';
import { StepHistory } from '../../src/collectors/index.js';
import { SeriesMatches } from '../../src/collectors/windows/series-matches.js';
import { WindowRepository } from '../../src/collectors/windows/window.repository.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import type { AlertEvaluationConfig } from '../../src/config/index.js';
import { collectorsOn } from './collectors.js';

/** Events may come a minute late. */
export const EVALUATION: AlertEvaluationConfig = {
  evaluateEveryMs: 10_000,
  eventDelayMs: 60_000,
  historyDays: 90,
  runbookBaseUrl: 'docs/runbooks',
};

/** The past of series in steps, over one database. */
export function stepHistoryOn(db: Database): StepHistory {
  return new StepHistory(new StepRepository(db), new SeriesMatches(new WindowRepository(db)));
}

/** An observer that has seen nothing yet. */
export function anomalyObserverOn(db: Database): AnomalyObserver {
  const history = stepHistoryOn(db);
  return new AnomalyObserver(history, new ModelUpkeep(new ModelShelf(), history), EVALUATION);
}

/** Counts what is read through it. */
export function countingReads(db: Database): { db: Database; count: () => number } {
  let count = 0;
  const counting = {
    read: (statement: Parameters<Database['read']>[0]) => {
      count += 1;
      return db.read(statement);
    },
  };
  return { db: counting as unknown as Database, count: () => count };
}

/** What a rule has that a test does not care for. */
const PLAIN = {
  origin: 'user',
  sloId: null,
  severity: 'warning',
  labels: {},
  summary: null,
  runbookUrl: null,
  isEnabled: true,
  receiverIds: [],
  version: 1,
  forMs: 0,
  keepFiringMs: 0,
  missingData: 'no-data',
} as const;

/** A rule of kind anomaly on the mean duration of 5-minute steps, unless said otherwise. */
export function anomalyRule(
  id: string,
  tenantId: string,
  scraperSource: string | null,
  condition: Partial<RuleOf<'anomaly'>['condition']> = {},
): RuleOf<'anomaly'> {
  return {
    ...PLAIN,
    id,
    tenantId,
    name: `odd ${id}`,
    condition: {
      kind: 'anomaly',
      source: { from: 'collector', scraperSource, metricType: 'scrape', measure: 'durationMs' },
      aggregation: 'mean',
      stepMs: 300_000,
      direction: 'both',
      ...condition,
    },
  };
}

/** A rule of kind threshold on the mean duration of 5 minutes, unless said otherwise. */
export function thresholdRule(
  id: string,
  tenantId: string,
  scraperSource: string | null,
  condition: Partial<RuleOf<'threshold'>['condition']> = {},
): RuleOf<'threshold'> {
  return {
    ...PLAIN,
    id,
    tenantId,
    name: `slow ${id}`,
    condition: {
      kind: 'threshold',
      source: { from: 'collector', scraperSource, metricType: 'scrape', measure: 'durationMs' },
      aggregation: 'mean',
      windowMs: 300_000,
      operator: '>',
      threshold: 1_000,
      clearThreshold: null,
      ...condition,
    },
  };
}

/** Events of one series: an instant and a duration each. Past their ingest, which knows no old ones. */
export async function writeDurations(
  db: Database,
  { tenantId, scraperSource }: { tenantId: string; scraperSource: string },
  events: readonly (readonly [at: number, durationMs: number])[],
): Promise<void> {
  const [seriesId] = await collectorsOn(db).series.resolve(tenantId, [
    { scraperSource, metricType: 'scrape' },
  ]);
  await db.query(sql`
    INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
    SELECT ${seriesId}::integer, to_timestamp(at / 1000), duration, 3, false, true
    FROM unnest(${events.map(([at]) => at)}::float8[], ${events.map(([, duration]) => duration)}::float8[]) AS s (at, duration)`);
}
