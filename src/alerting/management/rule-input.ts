import { z } from 'zod';
import { SeriesName } from '../../collectors/index.js';
import { AlertingName, durationMs, LabelName, Labels, Line, RowId, Version, WebAddress } from './fields.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const OWN_LABELS = ['alertname', 'severity'];
const MOST_RECEIVERS = 20;

/** What is watched and when it is bad. Which of it belongs together is checked by `defineRule`. */
const CONDITION = {
  /** Default `threshold`. */
  kind: z.enum(['threshold', 'anomaly']),
  /** Source of a tenant's collector events; null, the default: every one. */
  scraper: SeriesName.nullable(),
  /** Metric type of the events; null, the default: every one. */
  metric: SeriesName.nullable(),
  /** What of the events is looked at; default `durationMs`. */
  measure: z.enum(['durationMs', 'items', 'successRatio']),
  /** Instead of scraper and metric: a metric that the server measures of itself, for operators. */
  signal: z
    .string()
    .max(200)
    .regex(/^[a-zA-Z_:][a-zA-Z0-9_:.-]*$/, 'must be the name of a metric'),
  /** Labels that a series of the signal must have. */
  signalLabels: z
    .record(LabelName, Line.max(200))
    .refine((labels) => Object.keys(labels).length <= 10, 'must be 10 labels at most'),
  /** How the values of the window become one; default `mean`, of a signal `last`. */
  aggregation: z.enum(['mean', 'min', 'max', 'sum', 'count', 'last', 'p50', 'p95', 'p99']),
  windowMs: durationMs(SECOND_MS, DAY_MS),
  operator: z.enum(['<', '<=', '>', '>=', '=', '!=']),
  /** What must not be reached. */
  value: z.number().min(-1e15).max(1e15),
  /** Once bad, it is well again only past this one; null, the default: past `value`. */
  clearValue: z.number().min(-1e15).max(1e15).nullable(),
  /** Of kind `anomaly`: length of the steps that are judged. */
  stepMs: z.literal([5 * MINUTE_MS, 60 * MINUTE_MS, DAY_MS]),
  /** Of kind `anomaly`: on which side; default `both`. */
  direction: z.enum(['above', 'below', 'both']),
};

/** How it is told. */
const POLICY = {
  name: AlertingName,
  severity: z.enum(['critical', 'warning', 'info']),
  /** It must be bad for so long before it fires; default 0. */
  forMs: durationMs(0, 7 * DAY_MS),
  /** It must be well for so long before it is resolved; default 0. */
  keepFiringMs: durationMs(0, 7 * DAY_MS),
  /** What becomes of a series without data; default `no-data`. */
  missingData: z.enum(['ok', 'keep', 'no-data', 'fire']),
  /** Added to those of the series. */
  labels: Labels.refine(
    (labels) => OWN_LABELS.every((name) => !Object.hasOwn(labels, name)),
    'must not name alertname or severity, which are made of the rule',
  ),
  /** Ids of receivers. */
  receivers: z
    .array(RowId)
    .max(MOST_RECEIVERS)
    .refine((ids) => new Set(ids).size === ids.length, 'must name each receiver once'),
  /** What people read; null, the default: made from the condition. */
  summary: Line.min(1).max(500).nullable(),
  runbookUrl: WebAddress.nullable(),
  isEnabled: z.boolean(),
};

/** Any fields of a rule. */
const ANY = z.strictObject({ ...CONDITION, ...POLICY }).partial();

/** A rule as people write it. What is left out has a default. */
export const RuleInput = ANY.required({ name: true });
export type RuleInput = z.infer<typeof RuleInput>;

/** A rule to be tried on the past; it needs no name. */
export const PreviewInput = ANY;

/** A rule to be put in the place of another one. */
export const RuleReplacement = RuleInput.extend({ version: Version.optional() });

/** What is to be changed of a rule; the rest stays. */
export const RulePatch = ANY.extend({ version: Version.optional() });
export type RulePatch = z.infer<typeof RulePatch>;
