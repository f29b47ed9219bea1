import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { OwnSignals } from './own-signals.js';
import {
  type ReportedSeries,
  requestKey,
  requestOf,
  type SignalReport,
  type SignalRequest,
} from './signal-request.js';
import { SignalWindow } from './signal-window.js';
import { SignalRepository } from './signal.repository.js';

/** Rules on own metrics that are served. */
const MOST_REQUESTS = 500;
/** Series of one request. */
const MOST_SERIES = 100;

/** Measures what rules ask of this instance, and reports it. */
@Injectable()
export class SignalReporter {
  private asked: readonly SignalRequest[] = [];
  /** By request and labels of the series. */
  private windows = new Map<string, SignalWindow>();
  private reporting: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly signals: OwnSignals,
    private readonly repository: SignalRepository,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** To be called at a fixed pace. While the database is away it measures on, and reports nothing. */
  async report(): Promise<void> {
    try {
      const conditions = await this.repository.conditions(MOST_REQUESTS);
      this.asked = conditions.flatMap((condition) => requestOf(condition) ?? []);
    } finally {
      this.measure();
    }
    if (this.isStopped) return;
    this.reporting = this.repository.report(this.ids.instanceId, this.current());
    await this.reporting;
  }

  /** The instance ends: its alerts need not wait for its report to become old. Jobs may run on for some seconds. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.reporting?.catch(() => undefined);
    await this.repository.remove(this.ids.instanceId);
  }

  private measure(): void {
    const nowMs = this.clock.monotonic();
    const kept = new Map<string, SignalWindow>();
    for (const request of this.asked) {
      const series = this.signals.read(request.signal, request.labels) ?? [];
      for (const { labels, reading } of series.slice(0, MOST_SERIES)) {
        const key = windowKey(request, labels);
        const window = this.windows.get(key) ?? new SignalWindow(request.windowMs);
        if (reading !== undefined && !kept.has(key)) window.add(reading, nowMs);
        kept.set(key, window);
      }
    }
    this.windows = kept;
  }

  private current(): SignalReport {
    const nowMs = this.clock.monotonic();
    return Object.fromEntries(
      this.asked.map((request) => {
        const series = this.signals.read(request.signal, request.labels);
        const reported = series?.slice(0, MOST_SERIES).flatMap(({ labels }): ReportedSeries[] => {
          const window = this.windows.get(windowKey(request, labels));
          const value = window?.value(request.aggregation, nowMs) ?? null;
          if (value === null && window?.isExpected === false) return [];
          return [{ labels, value: reportable(value) }];
        });
        return [requestKey(request), reported ?? null];
      }),
    );
  }
}

function windowKey(request: SignalRequest, labels: Readonly<Record<string, string>>): string {
  return `${requestKey(request)} ${JSON.stringify(labels)}`;
}

/** JSON knows finite numbers only, and a lost one must not pass for a missing one. */
function reportable(value: number | null): ReportedSeries['value'] {
  return value === null || Number.isFinite(value) ? value : 'not-finite';
}
