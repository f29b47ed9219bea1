import { Injectable } from '@nestjs/common';
import { StepHistory } from '../../collectors/index.js';
import { Clock } from '../../kernel/clock.js';
import type { EventsRule } from '../evaluation/threshold-observer.js';
import type { RuleDefinition } from '../management/rule.repository.js';
import type { RuleOf } from '../model/observer.js';
import type { AlertRule } from '../model/rule.js';
import { AnomalyPast } from './anomaly-past.js';
import { PreviewBusyError, PreviewTooLargeError, PreviewUnsupportedError } from './errors.js';
import type { RulePreviewReport } from './preview-report.js';
import { type Past, replay } from './replay.js';
import { type PastSeries, ThresholdPast } from './threshold-past.js';

const MINUTE_MS = 60_000;
const DAYS_MS = 7 * 24 * 60 * MINUTE_MS;
/** A rule is evaluated as often as its shortest time asks for, within these. */
const STEPS = { least: MINUTE_MS, most: 5 * MINUTE_MS };
const MOST_SERIES = 100;
const SERIES_SHOWN = 20;
/** At once, on this instance. */
const MOST_PREVIEWS = 2;
/** Of the rule that is not there yet. */
const NO_ID = '0';

/** Tells how a rule would have done on the last seven days, without creating it. */
@Injectable()
export class RulePreview {
  private running = 0;

  constructor(
    private readonly history: StepHistory,
    private readonly thresholds: ThresholdPast,
    private readonly anomalies: AnomalyPast,
    private readonly clock: Clock,
  ) {}

  /**
   * Replays the rule through the state machine that decides live. Some hundred milliseconds, some seconds at the most.
   * @throws PreviewUnsupportedError ALERTING_PREVIEW_UNSUPPORTED, PreviewTooLargeError ALERTING_PREVIEW_TOO_LARGE,
   * PreviewBusyError ALERTING_PREVIEW_BUSY
   */
  async preview(tenantId: string, definition: RuleDefinition): Promise<RulePreviewReport> {
    if (this.running >= MOST_PREVIEWS) throw new PreviewBusyError(this.running);
    this.running += 1;
    try {
      return await this.made({ ...definition, id: NO_ID, tenantId, origin: 'user', sloId: null, version: 1 });
    } finally {
      this.running -= 1;
    }
  }

  private async made(rule: AlertRule): Promise<RulePreviewReport> {
    const { condition } = rule;
    if (condition.kind === 'burn-rate') throw new PreviewUnsupportedError('A burn rate');
    if (condition.source.from === 'own') throw new PreviewUnsupportedError("The server's own metrics");
    const { tenantId } = rule;
    const [series = []] = await this.history.match([{ tenantId, ...condition.source }], MOST_SERIES + 1);
    if (series.length > MOST_SERIES) throw new PreviewTooLargeError('series', series.length, MOST_SERIES);
    const stepMs = stepOf(rule);
    const instants = instantsBefore(this.clock.now(), stepMs);
    const past = await this.pastOf(rule, series, instants);
    return reportOf(rule, instants, stepMs, { past, seriesCount: series.length });
  }

  private pastOf(rule: AlertRule, series: readonly PastSeries[], instants: readonly Date[]): Promise<Past> {
    if (isEvents(rule)) return this.thresholds.of(rule, series, instants);
    return this.anomalies.of(rule as RuleOf<'anomaly'>, series, instants);
  }
}

function isEvents(rule: AlertRule): rule is EventsRule {
  return rule.condition.kind === 'threshold' && rule.condition.source.from === 'collector';
}

/** As long as the shortest of its times, so that none of them is stepped over. */
function stepOf({ condition, forMs, keepFiringMs }: AlertRule): number {
  const ownMs = condition.kind === 'threshold' ? condition.windowMs : STEPS.most;
  const shortest = Math.min(ownMs, ...[forMs, keepFiringMs].filter((time) => time > 0));
  const whole = Math.floor(shortest / MINUTE_MS) * MINUTE_MS;
  return Math.min(STEPS.most, Math.max(STEPS.least, whole));
}

function instantsBefore(now: Date, stepMs: number): Date[] {
  const last = Math.floor(now.getTime() / stepMs) * stepMs;
  const count = Math.floor(DAYS_MS / stepMs);
  return Array.from({ length: count }, (_, index) => new Date(last - (count - 1 - index) * stepMs));
}

async function reportOf(
  rule: AlertRule,
  instants: readonly Date[],
  stepMs: number,
  { past, seriesCount }: { readonly past: Past; readonly seriesCount: number },
): Promise<RulePreviewReport> {
  const { series, naive } = await replay(rule, instants, stepMs, past);
  const sum = (of: 'firings' | 'firingMs' | 'messages'): number =>
    series.reduce((total, each) => total + each[of], 0);
  return {
    from: instants[0]?.toISOString() ?? '',
    to: instants.at(-1)?.toISOString() ?? '',
    stepMs,
    evaluations: instants.length,
    firings: sum('firings'),
    firingMs: sum('firingMs'),
    messages: sum('messages'),
    naive,
    series: series.toSorted((left, right) => right.firings - left.firings).slice(0, SERIES_SHOWN),
    seriesCount,
  };
}
