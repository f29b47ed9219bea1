import { z } from 'zod';
import { SeriesName } from '../../collectors/index.js';
import { AlertingName, Labels, RowId, Version, WebAddress } from '../management/fields.js';
import { AlertingInputError } from '../management/errors.js';
import type { Indicator, SloDefinition } from './slo.js';

const DAY_MS = 86_400_000;
const WINDOW_DAYS = 30;

const ANY = z
  .strictObject({
    /** Its alerts are named after it. */
    name: AlertingName.max(70),
    /** Source of the events; null, the default: every one. */
    scraper: SeriesName.nullable(),
    /** Metric type of the events; null, the default: every one. */
    metric: SeriesName.nullable(),
    /** Which events are good: those that succeeded, or those that took at most boundMs. Default `success`. */
    indicator: z.enum(['success', 'latency']),
    boundMs: z.number().min(0.001).max(1e9),
    /** Share of events that is to be good. */
    objective: z.number().min(0.01).max(0.999999),
    /** Default 30. */
    windowDays: z.number().int().min(1).max(90),
    /** Who is told of its alerts. */
    receivers: z
      .array(RowId)
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each receiver once'),
    /** Of its alerts. */
    labels: Labels.refine(
      (labels) => ['alertname', 'severity', 'slo'].every((name) => !Object.hasOwn(labels, name)),
      'must not name alertname, severity or slo, which are made of the SLO',
    ),
    runbookUrl: WebAddress.nullable(),
    /** Whether it alerts. */
    isEnabled: z.boolean(),
  })
  .partial();

/** An SLO as people write it. */
export const SloInput = ANY.required({ name: true, objective: true });
export type SloInput = z.infer<typeof SloInput>;

/** An SLO to be put in the place of another one. */
export const SloReplacement = SloInput.extend({ version: Version.optional() });

/** What is to be changed of an SLO; the rest stays. */
export const SloPatch = ANY.extend({ version: Version.optional() });
export type SloPatch = z.infer<typeof SloPatch>;

/**
 * The SLO that `input` asks for.
 * @throws AlertingInputError ALERTING_INPUT_INVALID
 */
export function defineSlo(input: SloInput): SloDefinition {
  const { name, scraper = null, metric = null, objective, windowDays = WINDOW_DAYS } = input;
  const indicator: Indicator = { scraperSource: scraper, metricType: metric, boundMs: boundOf(input) };
  return { name, indicator, objective, windowMs: windowDays * DAY_MS };
}

/** The input that gives this SLO again. */
export function sloInputOf({ name, indicator, objective, windowMs }: SloDefinition): SloInput {
  const { scraperSource: scraper, metricType: metric, boundMs } = indicator;
  const bound =
    boundMs === null ? { indicator: 'success' as const } : { indicator: 'latency' as const, boundMs };
  return { name, scraper, metric, ...bound, objective, windowDays: windowMs / DAY_MS };
}

function boundOf({ indicator = 'success', boundMs }: SloInput): number | null {
  if (indicator === 'latency' && boundMs === undefined) throw problem('is needed for the indicator latency');
  if (indicator === 'success' && boundMs !== undefined) throw problem('belongs to the indicator latency');
  return boundMs ?? null;
}

function problem(message: string): AlertingInputError {
  return new AlertingInputError([{ path: 'boundMs', message }]);
}
